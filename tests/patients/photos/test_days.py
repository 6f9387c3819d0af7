"""The day of a photo set: never in the future, never before the baseline it is compared with, mended while open."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.photos.models import PhotoSet, Purpose
from patients.photos.services import change_day
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import opened
from tests.protocols.builders import approved_everything
from tests.sessions.rooms import photographed

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(site: Site) -> Actor:
    return make_actor(site, Role.PHOTO_TECHNICIAN)


@pytest.fixture
def patient(site: Site) -> Patient:
    return registered_patient(site)


def _baseline(site: Site, patient: Patient) -> PhotoSet:
    """A complete baseline set of today."""
    everything = approved_everything(site)
    return photographed(patient, everything.photos, by=make_actor(site, Role.PHYSICIAN), at=clock.now())


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose != Purpose.BASELINE])
def test_a_set_that_is_compared_isnt_older_than_its_baseline(
    site: Site, by: Actor, patient: Patient, purpose: Purpose
) -> None:
    day = _baseline(site, patient).taken_on
    with pytest.raises(Refused, match="before the baseline photographs") as refused:
        opened(by, patient, purpose, taken_on=day - timedelta(days=1))
    assert refused.value.field == "taken_on"
    assert opened(by, patient, purpose, taken_on=day).taken_on == day


@pytest.mark.parametrize("purpose", [Purpose.BASELINE, Purpose.FOLLOW_UP])
def test_no_set_is_older_than_the_patient(site: Site, by: Actor, patient: Patient, purpose: Purpose) -> None:
    approved_everything(site)
    born = patient.birth_date
    assert born is not None
    with pytest.raises(Refused, match="was born on") as refused:
        opened(by, patient, purpose, taken_on=born - timedelta(days=1))
    assert refused.value.field == "taken_on"
    row = opened(by, patient, purpose, taken_on=born)
    with pytest.raises(Refused, match="was born on"):
        change_day(by=by, photo_set=row, taken_on=born - timedelta(days=1), at=clock.now())


def test_the_day_of_an_open_set_is_mended_with_its_trail(site: Site, by: Actor, patient: Patient) -> None:
    approved_everything(site)
    row, today = opened(by, patient), clock.today(site)
    earlier = today - timedelta(days=3)
    changed = change_day(by=by, photo_set=row, taken_on=earlier, row_version=row.row_version, at=clock.now())
    assert changed.taken_on == earlier
    entries = TrailEvent.objects.filter(object_type="patients.PhotoSet", object_id=str(row.pk), action="change")
    assert entries.count() == 1
    # The same day again writes nothing, and a page of before is told.
    change_day(by=by, photo_set=row, taken_on=changed.taken_on, row_version=1, at=clock.now())
    with pytest.raises(StaleWrite):
        change_day(by=by, photo_set=row, taken_on=today, row_version=row.row_version, at=clock.now())
    with pytest.raises(Refused, match="in the future"):
        change_day(by=by, photo_set=row, taken_on=today + timedelta(days=1), at=clock.now())


def test_a_complete_set_keeps_its_day(site: Site, by: Actor, patient: Patient) -> None:
    row = _baseline(site, patient)
    with pytest.raises(Refused, match="This set is complete"):
        change_day(by=by, photo_set=row, taken_on=row.taken_on - timedelta(days=1), at=clock.now())


def test_only_who_takes_photographs_changes_the_day(site: Site, by: Actor, patient: Patient) -> None:
    approved_everything(site)
    row = opened(by, patient)
    with pytest.raises(NotAllowed):
        change_day(by=make_actor(site, Role.MANAGER), photo_set=row, taken_on=row.taken_on, at=clock.now())


def test_the_page_of_an_open_set_offers_it_and_keeps_what_was_typed(
    site: Site, by: Actor, patient: Patient, client: Client
) -> None:
    approved_everything(site)
    row = opened(by, patient)
    client.force_login(by.user)
    address = reverse("photo_set_day", args=[row.pk])
    assert f'action="{address}"' in client.get(reverse("photo_set", args=[row.pk])).content.decode()
    future = (row.taken_on + timedelta(days=2)).isoformat()
    refused: Any = client.post(address, {"taken_on": future, "row_version": row.row_version})
    assert refused.status_code == 422
    assert future in html.unescape(refused.content.decode())
    earlier = row.taken_on - timedelta(days=2)
    done = client.post(address, {"taken_on": earlier.isoformat(), "row_version": row.row_version})
    assert done.url == reverse("photo_set", args=[row.pk])
    row.refresh_from_db()
    assert row.taken_on == earlier
