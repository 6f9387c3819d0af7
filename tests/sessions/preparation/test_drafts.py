"""Beginning and measuring: everything is kept as it is typed, and the wrong lot or batch is refused."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from protocols.decisions.services import retire
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation, PreparationLine, VisualCheck
from sessions.preparation.services import measure, record_look, start_preparation
from sessions.stock.models import LotMovementKind, StockLot
from sessions.stock.services import move_lot
from tests.factories import confirmed, make_actor
from tests.protocols.builders import a_line, an_ingredient, approved_formulation, draft_formulation
from tests.sessions.builders import a_draft, a_lot, make_preparer, stocked

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    return approved_formulation(site)


@pytest.fixture
def preparer(site: Site) -> Actor:
    return make_preparer(site, "Pia Demo")


def start(by: Actor, version: FormulationVersion, **changed: Any) -> Preparation:
    values = {"batch_ul": 5_000, "vial_count": 2, "submission_key": uuid.uuid4(), "at": AT} | changed
    return start_preparation(by=by, formulation_version=version, **values)


def save(by: Actor, line: PreparationLine, lot: StockLot | None, measured_ul: int | None, **more: Any) -> None:
    measure(by=by, preparation=line.preparation, line=line, lot=lot, measured_ul=measured_ul, **({"at": AT} | more))


def test_a_preparation_copies_targets_and_tolerances(preparer: Actor, version: FormulationVersion) -> None:
    preparation = start(preparer, version)
    assert preparation.number == "PREP-20261123-001"  # the site's day: it is half past midnight there
    lines = [(line.ingredient_name, line.target_ul, line.tolerance_percent) for line in preparation.lines.all()]
    assert lines == [
        ("Active A 5 mg/mL", 3_000, Decimal("5.0")),
        ("Diluent A 5 mg/mL", 2_000, Decimal("10.0")),
    ]
    assert all(line.measured_ul is None and line.lot is None for line in preparation.lines.all())


def test_numbers_follow_each_other_by_site_and_day(
    site: Site, other_site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    numbers = [start(preparer, version).number for _ in range(2)]
    numbers.append(start(preparer, version, at=AT - timedelta(hours=2)).number)
    numbers.append(start(make_preparer(other_site), approved_formulation(other_site)).number)
    numbers.append(start(preparer, version).number)
    assert numbers == [
        "PREP-20261123-001", "PREP-20261123-002", "PREP-20261122-001", "PREP-20261123-001", "PREP-20261123-003",
    ]  # fmt: skip


def test_the_thousandth_of_a_day_has_four_digits(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    start(preparer, version)
    Preparation.objects.filter(site=site).update(number="PREP-20261123-999")
    assert start(preparer, version).number == "PREP-20261123-1000"
    assert start(preparer, version).number == "PREP-20261123-1001"


def test_the_same_submission_begins_once(preparer: Actor, version: FormulationVersion) -> None:
    key = uuid.uuid4()
    assert start(preparer, version, submission_key=key) == start(preparer, version, submission_key=key)
    assert Preparation.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"batch_ul": 1_999}, "batch_ul", "from 2.00 to 20.00 mL"),
        ({"batch_ul": 20_001}, "batch_ul", "from 2.00 to 20.00 mL"),
        ({"batch_ul": 2_001}, "batch_ul", r"parts of a microlitre. Make 2.00 or 2.005 mL"),
        ({"vial_count": 0}, "vial_count", "from 1 to 20 vials"),
        ({"vial_count": 21}, "vial_count", "from 1 to 20 vials"),
    ],
)
def test_a_batch_that_cant_be_made_exactly_is_refused(
    preparer: Actor, version: FormulationVersion, changed: dict[str, int], field: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        start(preparer, version, **changed)
    assert refused.value.field == field
    assert not Preparation.objects.exists()


@pytest.mark.parametrize("batch_ul", [2_000, 20_000])
def test_the_bounds_of_the_formulation_are_allowed(preparer: Actor, version: FormulationVersion, batch_ul: int) -> None:
    assert start(preparer, version, batch_ul=batch_ul).batch_ul == batch_ul


def test_near_the_largest_batch_only_a_smaller_one_is_offered(site: Site, preparer: Actor) -> None:
    thirds = [a_line(an_ingredient(site, "Third"), 333), a_line(an_ingredient(site, "Rest"), 667, "diluent")]
    version = approved_formulation(site, lines=thirds, batch_min_ul=1_500, batch_max_ul=5_500)
    with pytest.raises(Refused, match=r"Make 5\.00 mL\."):
        start(preparer, version, batch_ul=5_200)


def test_only_what_is_in_force_is_prepared(site: Site, other_site: Site, preparer: Actor) -> None:
    with pytest.raises(Refused, match="isn't in force"):
        start(preparer, draft_formulation(site, "D"))
    retired = approved_formulation(site, "R")
    physician = make_actor(site, Role.PHYSICIAN)
    retire(by=physician, version=retired, confirmed=confirmed(physician, AT), reason="Replaced", at=AT)
    with pytest.raises(Refused, match="isn't in force"):
        start(preparer, retired)
    with pytest.raises(NotAllowed, match="another site"):
        start(preparer, approved_formulation(other_site))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FRONT_DESK, Role.AUDITOR, Role.PHOTO_TECHNICIAN])
def test_only_those_who_prepare_begin(site: Site, version: FormulationVersion, role: Role) -> None:
    with pytest.raises(NotAllowed):
        start(make_actor(site, role), version)


def test_lot_and_volume_are_saved_each_at_once(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    lots = stocked(site, version, at=AT)
    line = start(preparer, version).lines.first()
    assert line is not None
    lot = lots[line.formulation_line.ingredient_id]
    save(preparer, line, lot, None)
    line.refresh_from_db()
    assert (line.lot, line.measured_ul, line.measured_at) == (lot, None, None)
    save(preparer, line, lot, 2_990)
    save(preparer, line, lot, 3_010, at=AT + timedelta(minutes=5))
    line.refresh_from_db()
    # A corrected volume keeps the moment of the first one; the trail has both.
    assert (line.measured_ul, line.measured_at) == (3_010, AT)
    entries = TrailEvent.objects.filter(
        object_type="treatment_sessions.Preparation", object_id=str(line.preparation_id), action="change"
    )
    bodies = [event.body for event in entries]
    assert [('"measured_ul":2990' in body, '"measured_ul":3010' in body) for body in reversed(bodies)] == [
        (False, False), (True, False), (True, True),
    ]  # fmt: skip


def test_a_volume_taken_back_leaves_no_time(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.first()
    assert line is not None
    save(preparer, line, None, 3_000)
    save(preparer, line, None, None)
    line.refresh_from_db()
    assert (line.measured_ul, line.measured_at) == (None, None)


def test_saving_what_is_saved_writes_nothing(preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.first()
    assert line is not None
    save(preparer, line, None, 3_000, row_version=1)
    before = TrailEvent.objects.count()
    save(preparer, line, None, 3_000, row_version=1)  # the second click, with the older version
    assert TrailEvent.objects.count() == before


def test_a_save_over_another_ones_is_stale(preparer: Actor, version: FormulationVersion) -> None:
    first, second = start(preparer, version).lines.all()
    save(preparer, first, None, 3_000, row_version=1)
    with pytest.raises(StaleWrite):
        save(preparer, second, None, 2_000, row_version=1)
    save(preparer, second, None, 2_000, row_version=2)


@pytest.mark.parametrize(
    ("measured_ul", "words"), [(10_001, "twice the whole batch of 5.00 mL"), (-1, "isn't negative")]
)
def test_a_volume_that_cant_be_is_refused(
    preparer: Actor, version: FormulationVersion, measured_ul: int, words: str
) -> None:
    line = start(preparer, version).lines.first()
    assert line is not None
    with pytest.raises(Refused, match=words) as refused:
        save(preparer, line, None, measured_ul)
    assert refused.value.field == "measured_ul"


def test_more_than_the_whole_batch_is_recorded_as_it_was_measured(preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.first()
    assert line is not None
    save(preparer, line, None, 10_000)
    line.refresh_from_db()
    assert line.measured_ul == 10_000


def test_a_lot_of_another_ingredient_is_refused(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    lots = stocked(site, version, at=AT)
    first, second = start(preparer, version).lines.select_related("formulation_line")
    with pytest.raises(Refused, match="isn't Active A 5 mg/mL") as refused:
        save(preparer, first, lots[second.formulation_line.ingredient_id], 3_000)
    assert refused.value.field == "lot"


def test_a_lot_is_refused_from_the_day_after_its_expiry(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    early = AT - timedelta(days=5)
    line = start(preparer, version).lines.select_related("formulation_line__ingredient").first()
    assert line is not None
    lot = a_lot(site, line.formulation_line.ingredient, at=early, expires_on=date(2026, 11, 22))
    save(preparer, line, lot, 3_000, at=AT - timedelta(minutes=31))  # 23:59 on the 22nd at the site
    save(preparer, line, None, None)
    with pytest.raises(Refused, match="expired on 22 Nov 2026"):
        save(preparer, line, lot, 3_000)


def test_a_quarantined_lot_is_refused(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.select_related("formulation_line__ingredient").first()
    assert line is not None
    lot = a_lot(site, line.formulation_line.ingredient, at=AT)
    move_lot(by=preparer, lot=lot, kind=LotMovementKind.QUARANTINED, reason="Warm", submission_key=uuid.uuid4(), at=AT)
    with pytest.raises(Refused, match="is in quarantine"):
        save(preparer, line, lot, 3_000)


def test_a_lot_open_too_long_is_refused_to_the_minute(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    opened_at = AT - timedelta(days=28)
    line = start(preparer, version).lines.select_related("formulation_line__ingredient").first()
    assert line is not None
    lot = a_lot(site, line.formulation_line.ingredient, at=opened_at, opened_limit_days=28)
    move_lot(by=preparer, lot=lot, kind=LotMovementKind.OPENED, submission_key=uuid.uuid4(), at=opened_at)
    save(preparer, line, lot, 3_000, at=AT - timedelta(minutes=1))
    save(preparer, line, None, None)
    with pytest.raises(Refused, match="open for 28 days, as long as it may be"):
        save(preparer, line, lot, 3_000)


def test_what_other_drafts_hold_of_a_lot_isnt_free(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.select_related("formulation_line__ingredient").first()
    other = a_draft(site, version, preparer=preparer, at=AT).lines.first()
    assert line is not None
    assert other is not None
    lot = a_lot(site, line.formulation_line.ingredient, at=AT, received_ul=5_000)
    save(preparer, line, lot, 3_000)
    with pytest.raises(Refused, match=r"Only 2\.00 mL of lot"):
        save(preparer, other, lot, 2_001)
    save(preparer, other, lot, 2_000)
    save(preparer, line, lot, 2_900)  # its own volume is free for itself


def test_nobody_measures_in_anothers_preparation(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    line = start(preparer, version).lines.first()
    assert line is not None
    with pytest.raises(Refused, match="Pia Demo began this preparation"):
        save(make_preparer(site), line, None, 3_000)


def test_the_look_and_notes_are_kept(preparer: Actor, version: FormulationVersion) -> None:
    preparation = start(preparer, version)
    record_look(by=preparer, preparation=preparation, visual_check=VisualCheck.WRONG, notes="", at=AT)
    record_look(by=preparer, preparation=preparation, visual_check="", notes=" Shaken twice ", row_version=2, at=AT)
    preparation.refresh_from_db()
    assert (preparation.visual_check, preparation.notes, preparation.row_version) == ("", "Shaken twice", 3)
    with pytest.raises(StaleWrite):
        record_look(by=preparer, preparation=preparation, visual_check="right", notes="", row_version=2, at=AT)
