"""The pages of the month-6 audit: pairs, a grade per view, a decision, and what is typed stays."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.month6.models import AuditStatus, PhotoAudit
from audit.month6.services import grade_view, open_due_audits
from audit.work import audits_open
from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.trail.models import TrailEvent
from clinic.worklist.registry import Urgency
from patients.photos.models import Purpose
from sessions.plans.models import Phase
from sessions.treatment.work import sessions_due, sessions_open
from tests.factories import PASSWORD, make_site
from tests.pages import words
from tests.sessions.rooms import Room, photographed, ready_room

pytestmark = pytest.mark.django_db
BASELINE = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.moved_to(DUE):
        yield


@pytest.fixture
def physician(site: Site, sign_in: Any) -> Actor:
    actor: Actor = sign_in(site, Role.PHYSICIAN)
    return actor


@pytest.fixture
def room(site: Site) -> Room:
    with clock.moved_to(BASELINE):
        return ready_room(site)


@pytest.fixture
def audit(room: Room) -> PhotoAudit:
    open_due_audits(by=service_actor(room.site), at=DUE)
    return PhotoAudit.objects.get(patient=room.patient)


def photos(room: Room, **how: Any) -> None:
    photographed(room.patient, room.approved.photos, by=room.operator, at=DUE, purpose=Purpose.MONTH_6, **how)


def post(client: Client, name: str, audit: PhotoAudit, **data: Any) -> Any:
    return client.post(reverse(name, args=[audit.pk]), {"submission_key": uuid.uuid4(), **data})


def shown(client: Client, audit: PhotoAudit) -> Any:
    return client.get(reverse("photo_audit", args=[audit.pk]))


def test_from_the_list_to_the_signature(client: Client, physician: Actor, room: Room, audit: PhotoAudit) -> None:
    photos(room)
    page = client.get(reverse("photo_audit_list"))
    assert reverse("photo_audit", args=[audit.pk]) in page.content.decode()
    data = {"grade_frontal": "0", "grade_vertex": "2", "row_version": audit.row_version}
    assert post(client, "photo_audit_grade", audit, **data).status_code == 302
    page = shown(client, audit)
    assert "+2 moderately increased" in words(page)
    assert "Draft, not signed" in words(page)
    audit.refresh_from_db()
    data = {"decision": "continue", "note": "", "password": PASSWORD, "row_version": audit.row_version}
    assert post(client, "photo_audit_sign", audit, **data).status_code == 302
    audit.refresh_from_db()
    assert audit.status == AuditStatus.SIGNED
    assert "Draft, not signed" not in words(shown(client, audit))
    assert room.patient.full_name in words(client.get(reverse("photo_audit_list"), {"status": "signed"}))


def test_a_missing_photograph_stands_as_missing(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    assert "The month-6 photographs aren't complete" in words(shown(client, audit))
    photos(room, without=("vertex",))
    page = shown(client, audit)
    assert words(page).count("No photograph") == 1
    assert page.content.decode().count('name="grade_frontal"') == 8
    assert 'name="grade_vertex"' not in page.content.decode()


def test_a_photograph_that_is_too_small_is_said_to_be(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room, size=(640, 480))
    page = shown(client, audit)
    assert words(page).count("It doesn't count: too small to compare.") == 2
    assert 'name="grade_' not in page.content.decode()


def test_what_makes_two_photographs_differ_without_the_hair_stands_on_page_and_document(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    """The set's preparation that nobody ticked, and a long side of 960 px where the protocol asks for 1200."""
    photos(room)
    (version,) = {audit.baseline.protocol_version_id, room.approved.photos.pk}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE protocols_photoprotocolversion SET least_long_side_px = 1200 WHERE id = %s", [version])
        cursor.execute("SET session_replication_role = DEFAULT")
    point = room.approved.photos.points.order_by("ordinal").first()
    assert point is not None
    said = words(shown(client, audit))
    assert "Compare with care" in said
    assert f"Month 6: nobody recorded of the preparation: {point.text}" in said
    view = room.approved.photos.views.filter(required=True).first()
    assert view is not None
    assert f"{view.name}, baseline: The long side has 960 px, the protocol asks for 1200 px" in said
    audit.refresh_from_db()
    graded(audit, physician)
    audit.refresh_from_db()
    done = post(
        client, "photo_audit_sign", audit, decision="continue", note="", password=PASSWORD,
        row_version=audit.row_version,
    )  # fmt: skip
    assert done.status_code == 302
    content = SealedDocument.objects.get(kind="photo_audit").content
    assert "The long side has 960 px" in content
    assert point.text in content


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "Nothing is filled in yet"),
        ({"grade_vertex": "9"}, "Choose one of the answers"),
        ({"grade_vertex": "1", "why_vertex": "Blurred"}, "There is a grade, +1, and a reason as well"),
        ({"grade_vertex": "cant"}, "Say why this view can't be judged"),
        ({"why_vertex": "Blurred"}, "There is a reason but no answer"),
    ],
)
def test_a_grade_that_cant_be_comes_back_with_all_the_others(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit, data: dict[str, str], told: str
) -> None:
    photos(room)
    page = post(
        client, "photo_audit_grade", audit, row_version=audit.row_version, **data and {"grade_frontal": "-2"}, **data
    )
    assert page.status_code == 422
    assert told in words(page)
    assert not audit.grades.exists()
    if data:
        assert re.search(r'name="grade_frontal"[^>]*value="-2"[^>]*checked', page.content.decode())


def test_what_is_filled_in_is_saved_and_the_rest_stays_open(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room, without=("vertex",))
    assert "2 views aren't graded yet" in words(shown(client, audit))
    data = {"why_vertex": "Not taken", "row_version": audit.row_version}
    assert post(client, "photo_audit_grade", audit, **data).status_code == 302
    assert [grade.view_code for grade in audit.grades.all()] == ["vertex"]
    audit.refresh_from_db()
    before = TrailEvent.objects.count()
    data = {"grade_frontal": "-3", "why_vertex": "Not taken", "row_version": audit.row_version}
    assert post(client, "photo_audit_grade", audit, **data).status_code == 302
    assert "−3 greatly decreased" in words(shown(client, audit))
    # Only what is new is written: the frontal view's grade; then the page was read.
    written = TrailEvent.objects.filter(object_type="audit.PhotoAudit", action="change")
    assert written.count() == 2
    assert TrailEvent.objects.count() > before


def test_once_all_are_graded_the_page_says_so_and_asks_to_decide_here(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    graded(audit, physician)
    grade_view(by=physician, audit=audit, view_code="vertex", grade=1, not_assessable="", at=DUE)
    said = words(shown(client, audit))
    assert "Every view is graded." in said
    assert "aren't graded yet" not in said
    assert "decide as chosen here" in said
    assert "decided as above" not in said


def test_photographs_hold_their_place_before_they_are_loaded(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    pictures = re.findall(r'<img src="[^"]*/photos/[^>]*>', shown(client, audit).content.decode())
    assert pictures
    assert all(re.search(r' width="\d+" height="\d+"', picture) for picture in pictures)


def test_a_grade_that_somebody_saved_meanwhile_isnt_taken_back(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    old = graded(audit, physician).row_version
    grade_view(by=physician, audit=audit, view_code="vertex", grade=-1, not_assessable="", at=DUE)
    data = {"grade_frontal": "0", "grade_vertex": "1"}
    page = post(client, "photo_audit_grade", audit, **data, row_version=old)
    assert page.status_code == 409
    assert "saved since you opened this page" in words(page)
    assert audit.grades.get(view_code="vertex").grade == -1
    newest = re.findall(r'name="row_version" value="(\d+)"', page.content.decode())[0]
    assert post(client, "photo_audit_grade", audit, **data, row_version=newest).status_code == 302
    assert audit.grades.get(view_code="vertex").grade == 1


def test_a_grade_of_other_photographs_is_not_chosen_beforehand(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    graded(audit, physician)
    assert "checked" in shown(client, audit).content.decode()
    photographed(
        room.patient, room.approved.photos, by=room.operator, at=DUE + timedelta(days=1), purpose=Purpose.MONTH_6
    )
    PhotoAudit.objects.filter(pk=audit.pk).update(month_6=None)
    page = shown(client, audit)
    assert "Other photographs count now" in words(page)
    assert not re.search(r'name="grade_\w+"[^>]*checked', page.content.decode())


def graded(audit: PhotoAudit, by: Actor) -> PhotoAudit:
    for code in ("frontal", "vertex"):
        grade_view(by=by, audit=audit, view_code=code, grade=1, not_assessable="", at=DUE)
    audit.refresh_from_db()
    return audit


def test_a_wrong_password_keeps_decision_and_note(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    graded(audit, physician)
    data = {"decision": "change", "note": "Try the other", "password": "wrong", "row_version": audit.row_version}
    page = post(client, "photo_audit_sign", audit, **data)
    assert page.status_code == 422
    assert "Try the other" in words(page)
    assert re.search(r'value="change"[^>]*checked', page.content.decode())


def test_an_older_page_is_told_so_and_the_second_press_works(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    photos(room)
    old = graded(audit, physician).row_version
    grade_view(by=physician, audit=audit, view_code="vertex", grade=-1, not_assessable="", at=DUE)
    data = {"decision": "change", "note": "Try the other", "password": PASSWORD}
    page = post(client, "photo_audit_sign", audit, **data, row_version=old)
    assert page.status_code == 409
    assert "Try the other" in words(page)
    newest = re.findall(r'name="row_version" value="(\d+)"', page.content.decode())[0]
    assert post(client, "photo_audit_sign", audit, **data, row_version=newest).status_code == 302


def test_whoever_treated_sees_the_pairs_and_who_grades(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    with clock.moved_to(BASELINE):
        room.operator = physician
        room.signed()
    page = shown(client, audit)
    assert "You treated this patient" in words(page)
    assert 'name="grade_' not in page.content.decode()
    assert "You treated this patient" in words(post(client, "photo_audit_grade", audit, grade_vertex="1"))


@pytest.mark.parametrize(("role", "status"), [(Role.OPERATOR, 403), (Role.FRONT_DESK, 403), (Role.MANAGER, 200)])
def test_who_reads_and_who_doesnt(
    client: Client, sign_in: Any, room: Room, audit: PhotoAudit, role: Role, status: int
) -> None:
    sign_in(room.site, role)
    assert shown(client, audit).status_code == status
    assert post(client, "photo_audit_grade", audit, grade_vertex="1").status_code == 403
    assert post(client, "photo_audit_sign", audit, decision="stop", password=PASSWORD).status_code == 403


def test_another_sites_audit_doesnt_exist(client: Client, physician: Actor) -> None:
    with clock.moved_to(BASELINE):
        elsewhere = ready_room(make_site("S"))
    open_due_audits(by=service_actor(elsewhere.site), at=DUE)
    audit = PhotoAudit.objects.get()
    assert shown(client, audit).status_code == 404
    assert post(client, "photo_audit_grade", audit, grade_vertex="1").status_code == 404


def test_a_maintenance_session_that_the_audit_stops_says_so_before_it_is_begun(
    client: Client, physician: Actor, room: Room, audit: PhotoAudit
) -> None:
    room.planned.plan.planned.filter(phase=Phase.LOADING).update(done_at=BASELINE)
    maintenance = room.planned.plan.planned.filter(phase=Phase.MAINTENANCE).order_by("ordinal").first()
    assert maintenance is not None
    (item,) = (item for item in sessions_due(physician, DUE + timedelta(days=90)) if str(maintenance) in item.detail)
    assert "The month-6 photo audit, due on 22 Nov 2026, isn't signed" in item.detail
    assert (item.urgency, item.chip) == (Urgency.STOPPED, "stop")
    page = client.get(reverse("plan", args=[maintenance.plan_id]))
    assert "This stops the next session" in words(page)
    assert reverse("photo_audit", args=[audit.pk]) in page.content.decode()
    with clock.moved_to(DUE + timedelta(days=90)):
        (each, *_later) = client.get(reverse("session_list")).context["due"]
        assert each["row"] == maintenance
        listed = words(client.get(reverse("session_list")))
    assert "The month-6 photo audit, due on 22 Nov 2026, isn't signed" in listed
    assert "Overdue" not in listed.replace("Overdue, today and the next seven days.", "")


class TestQueries:
    """Lists and work items do as many queries for one row as for many."""

    @pytest.fixture(autouse=True)
    def _several(self, room: Room) -> None:
        with clock.moved_to(BASELINE):
            for _ in range(3):
                ready_room(room.site, approved=room.approved, operator=room.operator).begin()
        open_due_audits(by=service_actor(room.site), at=DUE)

    def test_list_and_page(
        self, client: Client, physician: Actor, audit: PhotoAudit, room: Room, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(7):
            client.get(reverse("photo_audit_list"))
        photos(room)
        with django_assert_max_num_queries(20):
            assert shown(client, audit).status_code == 200

    @pytest.mark.parametrize(("provider", "most"), [(sessions_due, 6), (sessions_open, 3), (audits_open, 1)])
    def test_the_work_of_the_day(
        self, physician: Actor, provider: Any, most: int, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(most):
            assert len(list(provider(physician, DUE))) >= 3
