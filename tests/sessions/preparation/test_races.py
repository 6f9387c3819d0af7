"""Two at once: the last microlitre goes to one, numbers have no gaps, and a double click signs once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.errors import Refused
from clinic.trail.verify import verify_chain
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation, PreparationStatus, Vial, VisualCheck
from sessions.preparation.queries import remaining_ul
from sessions.preparation.services import destroy_leftover, sign_preparation, start_preparation
from sessions.stock.models import LotMovement, LotMovementKind, StockLot
from sessions.stock.queries import balance_ul
from sessions.stock.services import move_lot
from tests.factories import confirmed
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import a_draft, a_lot, make_preparer, measured_preparation, signed_preparation, stocked

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=10)


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    return approved_formulation(site)


def at_once[R](*verbs: Callable[[], R]) -> list[R | Exception]:
    """Run all `verbs` at the same moment, each on a connection of its own; return what each gave or raised."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], R]) -> R | Exception:
        try:
            barrier.wait(timeout=30)
            return verb()
        except Exception as error:  # noqa: BLE001 - the test looks at each answer, whatever it is
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def refusals(answers: list[object]) -> list[object]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def test_eight_begin_at_once_and_their_numbers_have_no_gaps(site: Site, version: FormulationVersion) -> None:
    preparers = [make_preparer(site) for _ in range(8)]
    answers = at_once(*[lambda by=by: a_draft(site, version, preparer=by, at=AT) for by in preparers])
    assert refusals(answers) == []
    numbers = sorted(Preparation.objects.values_list("number", flat=True))
    assert numbers == [f"PREP-20261122-{number:03d}" for number in range(1, 9)]
    assert verify_chain() is None


def test_the_last_microlitre_of_a_lot_is_discarded_once(site: Site, version: FormulationVersion) -> None:
    line = version.lines.select_related("ingredient").first()
    assert line is not None
    lot = a_lot(site, line.ingredient, at=AT, received_ul=1)
    preparers = [make_preparer(site) for _ in range(2)]

    def discard(by: Actor) -> LotMovement:
        return move_lot(
            by=by, lot=lot, kind=LotMovementKind.DISCARDED, volume_ul=1, reason="Last", submission_key=uuid.uuid4(),
            at=AT,
        )  # fmt: skip

    answers = at_once(*[lambda by=by: discard(by) for by in preparers])
    (refused,) = refusals(answers)
    assert isinstance(refused, Refused)
    assert balance_ul(lot) == 0


def test_two_preparations_on_the_last_of_a_lot_one_is_signed(site: Site, version: FormulationVersion) -> None:
    lots = stocked(site, version, at=AT)
    drafts = [measured_preparation(site, version, preparer=make_preparer(site), lots=lots, at=AT) for _ in range(2)]
    shortest = StockLot.objects.order_by("pk").first()
    assert shortest is not None
    used = drafts[0].lines.get(lot=shortest).measured_ul or 0
    # Counted again: there is enough for one of the two.
    move_lot(
        by=make_preparer(site), lot=shortest, kind=LotMovementKind.ADJUSTED, volume_ul=used, reason="Spilled",
        submission_key=uuid.uuid4(), at=AT,
    )  # fmt: skip

    def sign(draft: Preparation) -> list[Vial]:
        by = Actor.at_site(user=draft.preparer, site=site, roles=["preparer"])
        return sign_preparation(
            by=by, preparation=draft, visual_check=VisualCheck.RIGHT, confirmed=confirmed(by, LATER), at=LATER
        )

    answers = at_once(*[lambda draft=draft: sign(draft) for draft in drafts])
    (refused,) = refusals(answers)
    assert isinstance(refused, Refused)
    assert "are free. Take another lot" in " ".join(refused.reasons)
    assert balance_ul(shortest) == 0
    assert Preparation.objects.filter(status=PreparationStatus.SIGNED).count() == 1
    assert Vial.objects.count() == 2


def test_a_double_click_signs_once(site: Site, version: FormulationVersion) -> None:
    by = make_preparer(site)
    draft = measured_preparation(site, version, preparer=by, at=AT)
    answers = at_once(
        *[
            lambda: sign_preparation(
                by=by, preparation=draft, visual_check=VisualCheck.RIGHT, confirmed=confirmed(by, LATER), at=LATER
            )
        ]
        * 4
    )
    assert refusals(answers) == []
    assert {tuple(vial.pk for vial in answer) for answer in answers if isinstance(answer, list)} == {
        tuple(Vial.objects.order_by("ordinal").values_list("pk", flat=True))
    }
    assert Vial.objects.count() == 2


def test_the_same_submission_at_the_same_moment_begins_one(site: Site, version: FormulationVersion) -> None:
    by, key = make_preparer(site), uuid.uuid4()
    answers = at_once(
        *[
            lambda: start_preparation(
                by=by, formulation_version=version, batch_ul=5_000, vial_count=1, submission_key=key, at=AT
            )
        ]
        * 4
    )
    assert refusals(answers) == []
    assert Preparation.objects.count() == 1


def test_a_vial_is_emptied_once(site: Site, version: FormulationVersion) -> None:
    by = make_preparer(site)
    vial = signed_preparation(site, version, preparer=by, at=AT).vials.first()
    assert vial is not None
    answers = at_once(
        *[
            lambda: destroy_leftover(
                by=by, vial=vial, reason="Beyond use", volume_ul=2_000, submission_key=uuid.uuid4(), at=LATER
            )
        ]
        * 4
    )
    assert len(refusals(answers)) == 3
    assert remaining_ul(vial) == 500
