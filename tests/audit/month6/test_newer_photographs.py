"""Month-6 photographs that were taken again after the audit was begun: said on its page, judged at a press, trailed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.queries import newer_set, pairs_of
from audit.month6.services import grade_view, judge_newer, open_due_audits, sign_audit
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.photos.models import PhotoSet, Purpose
from tests.factories import confirmed, make_actor
from tests.pages import words
from tests.sessions.rooms import Room, photographed, ready_room

pytestmark = pytest.mark.django_db
BASELINE = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = DUE + timedelta(days=3)
NEWER = "Newer month-6 photographs of 25 Nov 2026 are complete"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(LATER):
        yield


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN, name="Petra Demo")


@pytest.fixture
def room(site: Site) -> Room:
    with clock.moved_to(BASELINE):
        return ready_room(site)


def month_6(room: Room, at: datetime, **how: Any) -> PhotoSet:
    return photographed(room.patient, room.approved.photos, by=room.operator, at=at, purpose=Purpose.MONTH_6, **how)


@pytest.fixture
def audit(room: Room, physician: Actor) -> PhotoAudit:
    """An audit of photographs of which the frontal view was graded and the vertex can't be judged."""
    open_due_audits(by=service_actor(room.site), at=DUE)
    audit = PhotoAudit.objects.get(patient=room.patient)
    month_6(room, DUE)
    return graded(audit, physician)


def graded(audit: PhotoAudit, by: Actor) -> PhotoAudit:
    grade_view(by=by, audit=audit, view_code="frontal", grade=1, not_assessable="", at=LATER)
    grade_view(by=by, audit=audit, view_code="vertex", grade=None, not_assessable="Blurred", at=LATER)
    audit.refresh_from_db()
    return audit


def judged(audit: PhotoAudit, by: Actor, row_version: int | None = None) -> PhotoAudit:
    version = audit.row_version if row_version is None else row_version
    return judge_newer(by=by, audit=audit, row_version=version, at=LATER)


def signed(audit: PhotoAudit, by: Actor) -> PhotoAudit:
    return sign_audit(
        by=by, audit=audit, decision=Decision.CONTINUE, note="", row_version=audit.row_version,
        confirmed=confirmed(by, LATER), at=LATER,
    )  # fmt: skip


class TestWhichAreNewer:
    @pytest.mark.parametrize(("days", "newer"), [(1, True), (0, True), (-1, False)])
    def test_those_of_a_later_day_or_of_the_same_day_and_opened_later(
        self, room: Room, audit: PhotoAudit, days: int, newer: bool
    ) -> None:
        later = month_6(room, DUE + timedelta(days=days))
        assert newer_set(audit) == (later if newer else None)

    def test_an_open_set_isnt(self, room: Room, audit: PhotoAudit) -> None:
        month_6(room, LATER, complete=False)
        assert newer_set(audit) is None

    def test_an_audit_without_a_grade_takes_the_latest_by_itself(self, room: Room) -> None:
        open_due_audits(by=service_actor(room.site), at=DUE)
        month_6(room, DUE)
        month_6(room, LATER)
        assert newer_set(PhotoAudit.objects.get()) is None


class TestJudgingThem:
    def test_every_view_is_given_anew_also_one_that_couldnt_be_judged(
        self, room: Room, audit: PhotoAudit, physician: Actor
    ) -> None:
        before, newer = audit.month_6, month_6(room, LATER)
        assert before is not None
        version = audit.row_version
        row = judged(audit, physician)
        assert (row.month_6, row.row_version) == (newer, version + 1)
        row.refresh_from_db()
        assert {(pair.view_code, pair.outdated) for pair in pairs_of(row)} == {("frontal", True), ("vertex", True)}
        with pytest.raises(Refused) as refused:
            signed(row, physician)
        assert [reason.split(" was graded on other")[0] for reason in refused.value.reasons] == [
            "Frontal, chin level", "Vertex"
        ]  # fmt: skip
        done = signed(graded(row, physician), physician)
        assert (done.status, done.month_6) == (AuditStatus.SIGNED, newer)

    def test_the_trail_says_which_set_came_for_which(self, room: Room, audit: PhotoAudit, physician: Actor) -> None:
        before, newer = audit.month_6, month_6(room, LATER)
        assert before is not None
        judged(audit, physician)
        event = TrailEvent.objects.filter(object_type="audit.PhotoAudit", action="change").latest("seq")
        assert (event.actor_id, event.patient_id) == (physician.user.pk, room.patient.pk)
        assert f'"before":{{"month_6":{before.pk}}}' in event.body
        assert f'"after":{{"month_6":{newer.pk}}}' in event.body

    def test_a_second_click_changes_nothing(self, room: Room, audit: PhotoAudit, physician: Actor) -> None:
        month_6(room, LATER)
        opened_with = audit.row_version
        row = judged(audit, physician, opened_with)
        said = TrailEvent.objects.count()
        again = judged(audit, physician, opened_with)
        assert (again.month_6, again.row_version) == (row.month_6, row.row_version)
        assert TrailEvent.objects.count() == said

    def test_what_was_graded_meanwhile_is_looked_at_first(
        self, room: Room, audit: PhotoAudit, physician: Actor
    ) -> None:
        month_6(room, LATER)
        old = audit.row_version
        grade_view(by=physician, audit=audit, view_code="frontal", grade=2, not_assessable="", at=LATER)
        with pytest.raises(StaleWrite):
            judged(audit, physician, old)

    def test_a_grade_for_the_photographs_before_is_stale(
        self, client: Client, room: Room, audit: PhotoAudit, physician: Actor
    ) -> None:
        """The page that shows the older ones is still open in another window."""
        month_6(room, LATER)
        client.force_login(physician.user)
        old = audit.row_version
        judged(audit, physician)
        data = {"grade_frontal": "1", "row_version": old}
        assert client.post(reverse("photo_audit_grade", args=[audit.pk]), data).status_code == 409

    def test_a_signed_audit_keeps_its_own(self, room: Room, audit: PhotoAudit, physician: Actor) -> None:
        row = signed(audit, physician)
        month_6(room, LATER)
        assert newer_set(row) is None
        with pytest.raises(Refused, match="This audit is signed"):
            judged(row, physician)

    def test_whoever_treated_or_may_not_grade_doesnt(self, room: Room, audit: PhotoAudit, site: Site) -> None:
        treated = make_actor(site, Role.PHYSICIAN)
        operator, room.operator = room.operator, treated
        with clock.moved_to(BASELINE):
            room.signed()
        room.operator = operator
        month_6(room, LATER)
        with pytest.raises(Refused, match="You treated this patient"):
            judged(audit, treated)
        with pytest.raises(NotAllowed):
            judged(audit, operator)


class TestThePage:
    def test_it_says_so_and_offers_it_once(
        self, client: Client, room: Room, audit: PhotoAudit, physician: Actor
    ) -> None:
        client.force_login(physician.user)
        page = reverse("photo_audit", args=[audit.pk])
        assert "Newer month-6 photographs" not in words(client.get(page))
        month_6(room, LATER)
        shown = client.get(page)
        assert NEWER in words(shown)
        assert "What was graded so far was of those of 22 Nov 2026." in words(shown)
        address = reverse("photo_audit_newer", args=[audit.pk])
        form = shown.content.decode().split(f'action="{address}"')[1].split("</form>")[0]
        assert "Judge the newer photographs" in form
        version = re.findall(r'name="row_version" value="(\d+)"', form)[0]
        for _click in range(2):
            answer: Any = client.post(address, {"row_version": version})
            assert (answer.status_code, answer.url) == (302, page)
        after = words(client.get(page))
        assert "Newer month-6 photographs" not in after
        assert "Month 6 · 25 Nov 2026" in after
        assert after.count("Other photographs count now") == 2

    def test_a_page_from_before_is_told_and_the_second_press_works(
        self, client: Client, room: Room, audit: PhotoAudit, physician: Actor
    ) -> None:
        client.force_login(physician.user)
        month_6(room, LATER)
        address = reverse("photo_audit_newer", args=[audit.pk])
        page: Any = client.post(address, {"row_version": audit.row_version - 1})
        assert page.status_code == 409
        assert "saved since you opened this page" in words(page)
        form = page.content.decode().split(f'action="{address}"')[1].split("</form>")[0]
        newest = re.findall(r'name="row_version" value="(\d+)"', form)[0]
        assert client.post(address, {"row_version": newest}).status_code == 302

    def test_who_only_reads_is_told_and_offered_nothing(
        self, client: Client, sign_in: Any, room: Room, audit: PhotoAudit
    ) -> None:
        month_6(room, LATER)
        sign_in(room.site, Role.MANAGER)
        page = client.get(reverse("photo_audit", args=[audit.pk]))
        assert NEWER in words(page)
        assert reverse("photo_audit_newer", args=[audit.pk]) not in page.content.decode()

    def test_it_costs_one_query_more_and_only_while_photographs_are_attached(
        self, client: Client, room: Room, audit: PhotoAudit, physician: Actor, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(physician.user)
        month_6(room, LATER)
        with django_assert_max_num_queries(20):
            client.get(reverse("photo_audit", args=[audit.pk]))
