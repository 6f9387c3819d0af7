"""A preparation is rejected; what is left of a vial is destroyed; a lot has nothing free."""

import uuid
from typing import Any

import pytest

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.queries import documents_about
from clinic.errors import NotAllowed, Refused
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import verifies
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import VisualCheck
from sessions.preparation.queries import remaining_ul, vial_by_code
from sessions.preparation.services import destroy_leftover, measure, record_look
from sessions.stock.models import LotMovementKind
from sessions.stock.queries import balance_ul
from tests.factories import make_actor
from tests.sessions.builders import a_draft, a_lot, make_preparer, measured_preparation, signed_preparation, stocked
from tests.sessions.preparation.ending import AT, LATER, count_less, reject, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def preparer(site: Site) -> Actor:
    return make_preparer(site, "Pia Demo")


def test_a_rejected_preparation_has_no_vials_but_its_lots_are_used(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, at=AT)
    preparation = measured_preparation(site, version, [3_200, 2_000], preparer=preparer, at=AT)
    record_look(by=preparer, preparation=preparation, visual_check=VisualCheck.WRONG, notes="", at=AT)
    rejected = reject(preparer, preparation, " Cloudy,  with flakes ")
    assert (rejected.status, rejected.visual_check, rejected.made_ul) == ("rejected", "wrong", None)
    assert rejected.signature is not None
    assert (rejected.signature.meaning, rejected.signature.reason) == (Meaning.REJECTED, "Cloudy, with flakes")
    assert verifies(rejected.signature)
    assert not rejected.vials.exists()
    assert not rejected.deviations.exists()
    assert sorted(balance_ul(lot) for lot in lots.values()) == [96_800, 98_000]
    assert [document.kind for document in documents_about(rejected)] == ["preparation"]


def test_rejecting_twice_is_once_and_asks_for_a_reason(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused, match="Say why"):
        reject(preparer, preparation, "  ")
    assert reject(preparer, preparation) == reject(preparer, preparation)
    assert Signature.objects.filter(meaning=Meaning.REJECTED).count() == 1
    with pytest.raises(Refused, match="is rejected already"):
        sign(preparer, preparation)


def test_anybody_who_prepares_can_close_a_draft_left_open(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer, at=AT)
    other = make_preparer(site, "Otto Demo")
    rejected = reject(other, preparation, "Begun by mistake")
    assert rejected.signature is not None
    assert rejected.signature.printed_name == "Otto Demo"
    assert not rejected.lot_movements.exists()


def test_a_rejection_takes_what_a_short_lot_still_has_and_says_so(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    count_less(preparation, preparer)
    reject(preparer, preparation)
    line = preparation.lines.select_related("lot").first()
    assert line is not None
    assert line.lot is not None
    used = preparation.lot_movements.get(lot=line.lot, kind=LotMovementKind.USED)
    assert (used.volume_ul, balance_ul(line.lot)) == (-2_999, 0)
    assert used.reason == "0.001 mL more were measured than the record held: count this lot again."


def test_what_is_left_of_a_vial_is_destroyed_with_a_reason(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    vial = signed_preparation(site, version, preparer=preparer, at=AT).vials.first()
    assert vial is not None
    first = destroy_leftover(
        by=preparer, vial=vial, reason="Dropped", volume_ul=500, submission_key=uuid.uuid4(), at=LATER
    )
    assert (first.volume_ul, remaining_ul(vial)) == (500, 2_000)
    key = uuid.uuid4()
    for _click in range(2):
        destroy_leftover(by=preparer, vial=vial, reason="Beyond use", submission_key=key, at=LATER)
    assert remaining_ul(vial) == 0
    with pytest.raises(Refused, match="empty already"):
        destroy_leftover(by=preparer, vial=vial, reason="Again", submission_key=uuid.uuid4(), at=LATER)


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"reason": " "}, "Say why"), ({"volume_ul": 2_501}, "From 0.001 to 2.50 mL"), ({"volume_ul": 0}, "From 0.001")],
)
def test_a_destruction_that_cant_be_is_refused(
    site: Site, preparer: Actor, version: FormulationVersion, changed: dict[str, Any], words: str
) -> None:
    vial = signed_preparation(site, version, preparer=preparer, at=AT).vials.first()
    assert vial is not None
    values = {"reason": "Beyond use", "submission_key": uuid.uuid4(), "at": LATER} | changed
    with pytest.raises(Refused, match=words):
        destroy_leftover(by=preparer, vial=vial, **values)
    assert remaining_ul(vial) == 2_500


def test_destroying_needs_the_site_and_the_right(
    site: Site, other_site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    vial = signed_preparation(site, version, preparer=preparer, at=AT).vials.first()
    assert vial is not None
    for actor in (make_preparer(other_site), make_actor(site, Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            destroy_leftover(by=actor, vial=vial, reason="No", submission_key=uuid.uuid4(), at=LATER)


def test_a_vial_is_found_at_its_own_site_only(site: Site, other_site: Site, version: FormulationVersion) -> None:
    vial = signed_preparation(site, version, at=AT).vials.first()
    assert vial is not None
    assert vial_by_code(other_site, vial.code) is None
    assert vial_by_code(site, "nonsense!") is None


def test_a_lot_with_nothing_free_says_so_at_the_bench(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    line = version.lines.select_related("ingredient").first()
    assert line is not None
    lot = a_lot(site, line.ingredient, at=AT, received_ul=3_000)
    draft = a_draft(site, version, preparer=preparer, at=AT)
    first = draft.lines.first()
    assert first is not None
    measure(by=preparer, preparation=draft, line=first, lot=lot, measured_ul=3_000, at=AT)
    second = a_draft(site, version, preparer=preparer, at=AT).lines.first()
    assert second is not None
    with pytest.raises(Refused, match=r"Only 0\.00 mL"):
        measure(by=preparer, preparation=second.preparation, line=second, lot=lot, measured_ul=None, at=AT)
