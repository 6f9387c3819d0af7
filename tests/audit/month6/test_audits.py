"""The month-6 photo audit: opened by the clock, once; graded by somebody else; signed, with its effect on the plan."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.queries import pairs_of
from audit.month6.services import grade_view, open_due_audits, sign_audit
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Membership, Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.outbox.drain import drain
from clinic.outbox.models import DueTick
from clinic.outbox.ticks import write_due_ticks
from clinic.trail.models import TrailEvent
from patients.photos.models import Purpose
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.plans.models import Phase, TreatmentPlan
from sessions.plans.services import end_plan, make_plan
from tests.factories import confirmed, make_actor, make_site
from tests.sessions.rooms import Room, photographed, ready_room

BASELINE = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)
#: Six calendar months after 31 August: February has 28 days in 2027.
DUE = datetime(2027, 2, 28, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(DUE):
        yield


@pytest.fixture
def room(site: Site) -> Room:
    with clock.moved_to(BASELINE):
        return ready_room(site)


@pytest.fixture
def physician(site: Site) -> Actor:
    return make_actor(site, Role.PHYSICIAN, name="Petra Demo")


def opened(room: Room, at: datetime = DUE) -> PhotoAudit:
    open_due_audits(by=service_actor(room.site), at=at)
    return PhotoAudit.objects.get(patient=room.patient)


def photos(room: Room, **how: object) -> None:
    photographed(
        room.patient,
        room.approved.photos,
        by=room.operator,
        at=DUE,
        purpose=Purpose.MONTH_6,
        **how,  # type: ignore[arg-type]
    )


def graded(audit: PhotoAudit, by: Actor, grade: int = 1) -> PhotoAudit:
    for pair in pairs_of(audit):
        grade_view(
            by=by, audit=audit, view_code=pair.view_code, grade=grade if pair.assessable else None,
            not_assessable="" if pair.assessable else "Not taken", at=DUE,
        )  # fmt: skip
    audit.refresh_from_db()
    return audit


def signed(audit: PhotoAudit, by: Actor, decision: Decision = Decision.CONTINUE, note: str = "") -> PhotoAudit:
    return sign_audit(
        by=by, audit=audit, decision=decision, note=note, row_version=audit.row_version,
        confirmed=confirmed(by, DUE), at=DUE,
    )  # fmt: skip


@pytest.mark.django_db
class TestOpening:
    def test_it_opens_on_the_day_and_not_the_day_before(self, room: Room) -> None:
        open_due_audits(by=service_actor(room.site), at=DUE - timedelta(days=1))
        assert not PhotoAudit.objects.exists()
        audit = opened(room)
        assert (audit.due_on, audit.status, audit.opened_at) == (date(2027, 2, 28), AuditStatus.OPEN, DUE)

    def test_the_day_is_the_sites(self, site: Site) -> None:
        room = ready_room(make_site("K", time_zone="Pacific/Kiritimati"), at=BASELINE)
        # 31 August 23:00 in Kiritimati; its 28 February begins on the 27th at 10:00 UTC.
        begins = datetime(2027, 2, 27, 10, 0, tzinfo=UTC)
        open_due_audits(by=service_actor(room.site), at=begins - timedelta(seconds=1))
        assert not PhotoAudit.objects.exists()
        assert opened(room, begins).due_on == date(2027, 2, 28)

    def test_in_a_leap_year_it_is_the_29th(self, site: Site) -> None:
        with clock.moved_to(BASELINE.replace(year=2027)):
            room = ready_room(site)
        assert opened(room, DUE.replace(year=2028) + timedelta(days=1)).due_on == date(2028, 2, 29)

    def test_running_again_and_after_weeks_of_not_running_opens_each_once(self, room: Room) -> None:
        late = DUE + timedelta(weeks=7)
        first = open_due_audits(by=service_actor(room.site), at=late)
        again = open_due_audits(by=service_actor(room.site), at=late + timedelta(days=1))
        assert (len(first), len(again)) == (1, 0)
        assert first[0].due_on == date(2027, 2, 28)
        assert TrailEvent.objects.filter(object_type="audit.PhotoAudit", action="create").count() == 1

    def test_the_latest_complete_baseline_counts(self, room: Room) -> None:
        photographed(room.patient, room.approved.photos, by=room.operator, at=BASELINE + timedelta(days=40))
        open_due_audits(by=service_actor(room.site), at=DUE)
        assert not PhotoAudit.objects.exists()

    def test_the_beat_opens_it_at_its_own_site_only(self, room: Room) -> None:
        other = make_site("S")
        write_due_ticks(at=DUE)
        drain(effects=["audit.open_due"])
        assert DueTick.objects.filter(name="audit.open_due").count() == 2
        assert PhotoAudit.objects.get().site == room.site != other


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_open_one(room: Room) -> None:
    barrier = Barrier(3)

    def beat() -> object:
        try:
            barrier.wait(timeout=30)
            return len(open_due_audits(by=service_actor(room.site), at=DUE))
        except Exception as error:  # noqa: BLE001 - the test looks at each answer, whatever it is
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = [future.result() for future in [pool.submit(beat) for _ in range(3)]]
    assert sorted(answers, key=str) == [0, 0, 1]
    assert PhotoAudit.objects.count() == 1


@pytest.mark.django_db
class TestGrading:
    def test_each_view_is_a_pair_of_baseline_and_month_6(self, room: Room) -> None:
        audit = opened(room)
        assert [(pair.view_code, pair.assessable) for pair in pairs_of(audit)] == [
            ("frontal", False), ("vertex", False)
        ]  # fmt: skip
        photos(room, without=("vertex",))
        assert [(pair.view_code, pair.assessable) for pair in pairs_of(audit)] == [
            ("frontal", True), ("vertex", False)
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("grade", "reason", "told"),
        [
            (None, "", "Vertex: choose a grade, or say why"),
            (1, "Blurred", "has a grade and a reason"),
            (1, "", "Vertex: a photograph is missing"),
        ],
    )
    def test_a_missing_view_is_said_to_be_missing(
        self, room: Room, physician: Actor, grade: int | None, reason: str, told: str
    ) -> None:
        audit = opened(room)
        photos(room, without=("vertex",))
        with pytest.raises(Refused, match=told):
            grade_view(by=physician, audit=audit, view_code="vertex", grade=grade, not_assessable=reason, at=DUE)
        grade_view(by=physician, audit=audit, view_code="vertex", grade=None, not_assessable="Not taken", at=DUE)

    def test_photographs_too_small_to_compare_make_no_pair(self, room: Room, physician: Actor) -> None:
        audit = opened(room)
        photos(room, size=(640, 480))
        for pair in pairs_of(audit):
            assert (pair.after, pair.assessable) == (None, False)
            assert pair.after_uncounted is not None
        with pytest.raises(Refused, match="doesn't count"):
            grade_view(by=physician, audit=audit, view_code="vertex", grade=1, not_assessable="", at=DUE)
        grade_view(by=physician, audit=audit, view_code="vertex", grade=None, not_assessable="Too small", at=DUE)

    def test_a_signed_audit_keeps_the_photographs_it_was_signed_on(
        self, room: Room, physician: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        photos(room)
        audit = signed(graded(opened(room), physician), physician)
        before = pairs_of(audit)
        assert all(pair.assessable for pair in before)
        monkeypatch.setattr("patients.photos.models.COMPARE_SHORT_SIDE_PX", 5_000)
        assert pairs_of(audit) == before

    @pytest.mark.parametrize("grade", [-4, 4])
    def test_the_scale_runs_from_minus_3_to_3(self, room: Room, physician: Actor, grade: int) -> None:
        audit = opened(room)
        photos(room)
        with pytest.raises(IntegrityError), transaction.atomic():
            grade_view(by=physician, audit=audit, view_code="vertex", grade=grade, not_assessable="", at=DUE)

    def test_whoever_treated_the_patient_leaves_it_to_somebody_else(self, room: Room, physician: Actor) -> None:
        with clock.moved_to(BASELINE):
            room.operator = physician
            room.signed()
        audit = opened(room)
        photos(room)
        with pytest.raises(Refused, match="You treated this patient"):
            graded(audit, physician)
        other = make_actor(room.site, Role.PHYSICIAN)
        with pytest.raises(Refused, match="You treated this patient"):
            signed(graded(audit, other), physician)
        assert signed(audit, other).status == AuditStatus.SIGNED

    def test_where_nobody_else_may_grade_whoever_treated_does(self, room: Room, physician: Actor) -> None:
        Membership.objects.filter(site=room.site, role=Role.PHYSICIAN).exclude(user=physician.user).update(
            ended_at=DUE, ended_by=physician.user
        )
        with clock.moved_to(BASELINE):
            room.operator = physician
            room.signed()
        audit = opened(room)
        photos(room)
        assert signed(graded(audit, physician), physician).status == AuditStatus.SIGNED

    def test_an_operator_grades_nothing(self, room: Room) -> None:
        with pytest.raises(NotAllowed):
            graded(opened(room), room.operator)


@pytest.mark.django_db
class TestSigning:
    def test_every_view_is_graded_first(self, room: Room, physician: Actor) -> None:
        audit = opened(room)
        with pytest.raises(Refused, match="can't be signed yet") as refused:
            signed(audit, physician)
        assert refused.value.reasons == ["Frontal, chin level isn't graded.", "Vertex isn't graded."]

    def test_it_is_sealed_with_both_photographs_of_each_pair(self, room: Room, physician: Actor) -> None:
        audit = opened(room)
        photos(room)
        done = signed(graded(audit, physician), physician, note="Denser at the vertex.")
        assert (done.signed_by, done.signed_at, done.month_6) == (
            physician.user, DUE, room.patient.photo_sets.get(purpose=Purpose.MONTH_6)
        )  # fmt: skip
        content = SealedDocument.objects.get(kind="photo_audit").content
        for pair in pairs_of(done):
            assert pair.before is not None
            assert pair.after is not None
            assert pair.before.sha256 in content
            assert pair.after.sha256 in content
        assert "slightly increased" in content
        assert "Petra Demo" in content

    def test_signed_it_never_changes(self, room: Room, physician: Actor) -> None:
        audit = opened(room)
        photos(room)
        signed(graded(audit, physician), physician)
        for sql in (
            "UPDATE audit_photoaudit SET decision = 'stop' WHERE id = %s",
            "DELETE FROM audit_photoaudit WHERE id = %s",
            "UPDATE audit_viewgrade SET grade = 3 WHERE audit_id = %s",
            "DELETE FROM audit_viewgrade WHERE audit_id = %s",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, [audit.pk])
        with pytest.raises(Refused, match="This audit is signed"):
            graded(audit, physician)

    def test_the_signers_second_click_finds_it_signed(self, room: Room, physician: Actor) -> None:
        audit = opened(room)
        photos(room)
        graded(audit, physician)
        assert signed(audit, physician).signature_id == signed(audit, physician).signature_id
        with pytest.raises(Refused, match="This audit is signed"):
            signed(audit, make_actor(room.site, Role.PHYSICIAN))

    def test_a_grade_given_since_is_looked_at_first(self, room: Room, physician: Actor) -> None:
        photos(room)
        audit = graded(opened(room), physician)
        stale = PhotoAudit.objects.get(pk=audit.pk)
        grade_view(by=physician, audit=audit, view_code="vertex", grade=-1, not_assessable="", at=DUE)
        with pytest.raises(StaleWrite):
            signed(stale, physician)

    def test_photographs_that_came_since_are_graded_again(self, room: Room, physician: Actor) -> None:
        audit = graded(opened(room), physician)
        photos(room)
        with pytest.raises(Refused) as refused:
            signed(audit, physician)
        assert (
            "Vertex was graded on other photographs than those that count now. Grade it again." in refused.value.reasons
        )
        assert signed(graded(audit, physician), physician).month_6 is not None

    def test_nothing_assessed_continues_only_with_a_reason(self, room: Room, physician: Actor) -> None:
        audit = graded(opened(room), physician)
        with pytest.raises(Refused, match="Not one view could be assessed"):
            signed(audit, physician)
        assert signed(audit, physician, note="Seen in person, looks denser.").status == AuditStatus.SIGNED

    @pytest.mark.parametrize(("days", "told"), [(21, ""), (22, "Taken 22 days after month 6"), (-22, "22 days before")])
    def test_photographs_outside_of_the_window_are_said_to_be(
        self, room: Room, physician: Actor, days: int, told: str
    ) -> None:
        late = DUE + timedelta(days=days)
        photographed(room.patient, room.approved.photos, by=room.operator, at=late, purpose=Purpose.MONTH_6)
        signed(graded(opened(room), physician), physician)
        content = SealedDocument.objects.get(kind="photo_audit").content
        assert told in content
        assert bool(told) == ("the photo protocol allows 21" in content)


@pytest.mark.django_db
class TestTheEffect:
    def maintenance_stops(self, room: Room, plan: TreatmentPlan | None = None) -> set[StopCode]:
        planned = (plan or room.plan).planned.get(phase=Phase.MAINTENANCE)
        stops = gate_for(by=room.operator, planned=planned, vial=None, at=DUE)
        return {stop.code for stop in stops} & {
            StopCode.AUDIT_UNSIGNED, StopCode.AUDIT_DECIDED_OTHERWISE, StopCode.PLAN_ENDED
        }  # fmt: skip

    def test_maintenance_waits_for_the_signature(self, room: Room, physician: Actor) -> None:
        assert self.maintenance_stops(room) == {StopCode.AUDIT_UNSIGNED}
        audit = opened(room)
        photos(room)
        graded(audit, physician)
        assert self.maintenance_stops(room) == {StopCode.AUDIT_UNSIGNED}
        signed(audit, physician)
        assert self.maintenance_stops(room) == set()

    def test_loading_doesnt_wait(self, room: Room) -> None:
        found = gate_for(by=room.operator, planned=room.planned, vial=None, at=DUE)
        assert StopCode.AUDIT_UNSIGNED not in {stop.code for stop in found}

    @pytest.mark.parametrize("decision", [Decision.STOP, Decision.REFER])
    def test_to_stop_or_to_refer_ends_the_plan(self, room: Room, physician: Actor, decision: Decision) -> None:
        photos(room)
        signed(graded(opened(room), physician, -1), physician, decision)
        room.plan.refresh_from_db()
        assert (room.plan.ended_at, room.plan.ended_by) == (DUE, physician.user)
        assert room.plan.end_reason == f"Month-6 photo audit: {decision.label}"
        assert not room.plan.planned.filter(cancelled_at=None, done_at=None).exists()

    def test_not_while_a_session_of_it_is_in_progress(self, room: Room, physician: Actor) -> None:
        photos(room)
        audit = graded(opened(room), physician)
        room.begin(at=DUE)
        with pytest.raises(Refused, match="in progress"):
            signed(audit, physician, Decision.STOP)
        audit.refresh_from_db()
        assert audit.status == AuditStatus.OPEN

    def test_to_change_asks_for_a_new_plan(self, room: Room, physician: Actor) -> None:
        photos(room)
        signed(graded(opened(room), physician), physician, Decision.CHANGE)
        assert self.maintenance_stops(room) == {StopCode.AUDIT_DECIDED_OTHERWISE}
        later = DUE + timedelta(hours=1)
        end_plan(by=physician, plan=room.plan, reason="Another formulation", at=later)
        plan = make_plan(
            by=physician, patient=room.patient, formulation=room.approved.formulations[1].formulation,
            first_on=DUE.date(), submission_key=uuid.uuid4(), at=later,
        )  # fmt: skip
        assert self.maintenance_stops(room, plan) == set()
