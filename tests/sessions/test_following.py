"""After a signed checklist, a consent or a complete photo set the page says what to do next."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.consents.models import Consent
from patients.photos.models import PhotoSet, Purpose
from patients.registry.following import next_step
from patients.screening.models import PatientChecklist
from tests.factories import make_actor
from tests.patients.builders import signed_checklist
from tests.sessions.rooms import Room, consented, photographed, ready_room

pytestmark = pytest.mark.django_db


def address(room: Room, by_role: Role | None = None) -> str:
    """Where the next step leads; "" for none."""
    by = make_actor(room.site, by_role) if by_role else room.operator
    step = next_step(by, room.patient.pk, clock.today(room.site))
    return step.url if step else ""


def test_the_next_step_follows_the_way_through_a_session(site: Site) -> None:
    room = ready_room(site, checklist=False, consent=False, photos=False)
    assert address(room) == reverse("consent_new", args=[room.patient.pk])
    consented(room.patient, room.approved, by=room.operator, at=room.at)
    # The checklist asks whether the consent is current.
    assert address(room) == reverse("checklist_start", args=[room.patient.pk])
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, at=room.at)
    both = make_actor(site, Role.OPERATOR, Role.PHOTO_TECHNICIAN)
    step = next_step(both, room.patient.pk, clock.today(site))
    assert step is not None
    assert step.url.startswith(reverse("photo_set_new", args=[room.patient.pk]))
    photographed(room.patient, room.approved.photos, by=room.operator, at=room.at)
    assert address(room) == reverse("plan", args=[room.plan.pk])


def test_another_day_begins_with_the_checklist_and_old_papers_offer_nothing(client: Client, site: Site) -> None:
    room = ready_room(site)
    tomorrow = room.at + timedelta(days=1)
    step = next_step(room.operator, room.patient.pk, clock.local(tomorrow, site).date())
    assert step is not None
    assert step.url == reverse("checklist_start", args=[room.patient.pk])
    with clock.moved_to(tomorrow):
        client.force_login(room.operator.user)
        page = client.get(reverse("consent", args=[Consent.objects.get().pk])).content.decode()
    assert "next-step" not in page


def test_after_the_month_6_photographs_comes_the_audit(client: Client, site: Site) -> None:
    room = ready_room(site)
    row = photographed(room.patient, room.approved.photos, by=room.operator, at=room.at, purpose=Purpose.MONTH_6)
    client.force_login(room.operator.user)
    assert "The month-6 audit is next" in client.get(reverse("photo_set", args=[row.pk])).content.decode()


def test_who_doesnt_see_the_whole_way_is_told_no_step(site: Site) -> None:
    assert address(ready_room(site, consent=False), Role.FRONT_DESK) == ""


def test_the_signed_papers_show_it(client: Client, site: Site) -> None:
    room = ready_room(site, operator=make_actor(site, Role.OPERATOR, Role.PHOTO_TECHNICIAN))
    client.force_login(room.operator.user)
    to_the_plan = f'href="{reverse("plan", args=[room.plan.pk])}"'
    for route, row in (
        ("checklist", PatientChecklist.objects.get()), ("consent", Consent.objects.get()),
        ("photo_set", PhotoSet.objects.get()),
    ):  # fmt: skip
        page = client.get(reverse(route, args=[row.pk])).content.decode()
        assert to_the_plan in page, route
        assert "Begin the session from the plan" in page
        assert page.count("btn btn-primary") <= 1, "one primary action"
