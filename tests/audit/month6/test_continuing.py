"""Maintenance only when the comparison supports it: a truth table, the signature, and what the page says beforehand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.month6.continuing import says_why, unsupported
from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.services import Judgement, grade_views, open_due_audits
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.photos.models import Purpose
from tests.factories import PASSWORD
from tests.pages import words
from tests.sessions.rooms import Room, photographed, ready_room

BASELINE = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NONE, MOST, HALF = (
    "Not one view could be assessed.",
    "Most views were graded as worse.",
    "Half of the views were graded",
)


@pytest.mark.parametrize(
    ("grades", "told"),
    [
        ([], NONE),
        ([None, None], NONE),
        ([0], ""),
        ([3, 3, 3], ""),
        ([-1], MOST),
        ([-3] * 7, MOST),
        # What can't be judged counts for nothing, neither way.
        ([-1, None, None], MOST),
        ([0, None, None], ""),
        # In the middle: how much worse or better those at the ends are says nothing.
        ([-3, -3, 0, 1, 1], ""),
        ([-1, -1, -1, 3, 3], MOST),
        # Of an even number the two in the middle decide.
        ([-1, 1], ""),
        ([-3, 3], ""),
        ([-1, 0], HALF),
        ([-2, 1], HALF),
        ([-2, -1, 0, 1], HALF),
        ([-2, -1, 1, 2], ""),
        ([-2, -1, -1, 2], MOST),
    ],
)
def test_continuing_takes_a_note_when_the_median_is_below_0_or_nothing_was_judged(
    grades: list[int | None], told: str
) -> None:
    for order in (grades, grades[::-1]):
        said = unsupported(order)
        assert said.startswith(told)
        assert bool(said) == bool(told)


@pytest.mark.parametrize(("note", "enough"), [("", False), ("  too few ", False), ("ten letter", True)])
def test_a_note_of_ten_letters_says_why(note: str, enough: bool) -> None:
    assert says_why(note) is enough


@pytest.mark.django_db
class TestSigning:
    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with clock.moved_to(DUE):
            yield

    @pytest.fixture
    def physician(self, site: Site, sign_in: Any) -> Actor:
        actor: Actor = sign_in(site, Role.PHYSICIAN)
        return actor

    @pytest.fixture
    def room(self, site: Site) -> Room:
        with clock.moved_to(BASELINE):
            return ready_room(site)

    def graded(self, room: Room, by: Actor, grade: int) -> PhotoAudit:
        photographed(room.patient, room.approved.photos, by=room.operator, at=DUE, purpose=Purpose.MONTH_6)
        (audit,) = open_due_audits(by=service_actor(room.site), at=DUE)
        grades = {code: Judgement(grade) for code in ("frontal", "vertex")}
        return grade_views(by=by, audit=audit, judgements=grades, row_version=audit.row_version, at=DUE)

    def signed(self, client: Client, audit: PhotoAudit, decision: Decision, note: str) -> Any:
        audit.refresh_from_db()
        data = {"decision": decision, "note": note, "password": PASSWORD, "row_version": audit.row_version}
        answer = client.post(reverse("photo_audit_sign", args=[audit.pk]), data)
        audit.refresh_from_db()
        return answer

    def test_the_page_says_beforehand_that_continuing_takes_a_note(
        self, client: Client, room: Room, physician: Actor
    ) -> None:
        audit = self.graded(room, physician, -3)
        said = words(client.get(reverse("photo_audit", args=[audit.pk])))
        assert "Most views were graded as worse. To continue all the same, say why in the note." in said

    @pytest.mark.parametrize("note", ["", "too few"])
    def test_to_continue_against_the_grades_is_refused_at_the_note(
        self, client: Client, room: Room, physician: Actor, note: str
    ) -> None:
        audit = self.graded(room, physician, -3)
        page = self.signed(client, audit, Decision.CONTINUE, note)
        assert page.status_code == 422
        assert page.context["sign_form"].errors["note"] == [
            "Most views were graded as worse. To continue all the same, say why in the note."
        ]
        assert audit.status == AuditStatus.OPEN

    @pytest.mark.parametrize(
        ("grade", "decision", "note"),
        [
            (-3, Decision.CONTINUE, "Shed after an illness, regrowing at the parting."),
            (-3, Decision.CHANGE, ""),
            (-3, Decision.STOP, ""),
            (0, Decision.CONTINUE, ""),
        ],
    )
    def test_with_a_reason_another_decision_or_the_grades_behind_it_it_is_signed(
        self, client: Client, room: Room, physician: Actor, grade: int, decision: Decision, note: str
    ) -> None:
        audit = self.graded(room, physician, grade)
        assert self.signed(client, audit, decision, note).status_code == 302
        assert (audit.status, audit.decision) == (AuditStatus.SIGNED, decision)
