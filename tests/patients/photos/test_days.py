"""The day of a photo set: never in the future, before the patient's birth or the baseline that it is compared with.

A baseline and a month-6 set are recorded within 92 days; the day is mended while the set is open.
"""

import html
from datetime import date, timedelta
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
from patients.photos.days import day_fault
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
    row = opened(by, patient, purpose)
    with pytest.raises(Refused, match="was born on"):
        change_day(by=by, photo_set=row, taken_on=born - timedelta(days=1), at=clock.now())


TODAY, BORN, LATEST = date(2026, 11, 30), date(1980, 2, 29), date(2026, 8, 30)  # 92 days before today
B, F, M = Purpose.BASELINE, Purpose.FOLLOW_UP, Purpose.MONTH_6
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("purpose", "taken_on", "born", "baseline_on", "fault"),
    [
        *((each, TODAY, BORN, None, "") for each in Purpose),
        *((each, TODAY + DAY, BORN, None, "in the future. Type") for each in Purpose),
        *((each, BORN - DAY, BORN, None, "was born on 29 Feb 1980. Type") for each in Purpose),
        *((each, LATEST, BORN, None, "") for each in Purpose),
        (B, LATEST - DAY, BORN, None, "more than 92 days ago, too long for a set of the purpose Baseline. Type the"),
        (B, LATEST - DAY, BORN, None, "or put older photographs into a set of the purpose Follow-up."),
        (M, LATEST - DAY, BORN, LATEST - DAY, "for a set of the purpose Month 6. Type the date again, or put older"),
        (B, date(1990, 1, 1), None, None, "more than 92 days ago"),
        (M, date(1990, 1, 1), None, None, "more than 92 days ago"),
        # Older pictures are a follow-up, from the day of birth on.
        (F, LATEST - DAY, BORN, None, ""),
        (F, BORN, BORN, None, ""),
        (F, date(1990, 1, 1), None, None, ""),
        # What is compared with the baseline isn't older than that; another baseline may be, within the days.
        (F, TODAY - 2 * DAY, BORN, TODAY - DAY, "before the baseline photographs of 29 Nov 2026"),
        (M, TODAY - 2 * DAY, BORN, TODAY - DAY, "before the baseline photographs of 29 Nov 2026"),
        (B, TODAY - 2 * DAY, BORN, TODAY - DAY, ""),
        # A follow-up of that day would be refused as well, so nobody is sent there.
        (B, LATEST - DAY, BORN, TODAY, "purpose Baseline. Type the date again."),
        (M, LATEST - DAY, BORN, TODAY, "before the baseline photographs of 30 Nov 2026"),
    ],
)  # fmt: skip
def test_which_day_may_be(
    purpose: Purpose, taken_on: date, born: date | None, baseline_on: date | None, fault: str
) -> None:
    said = day_fault(purpose, taken_on, today=TODAY, born=born, baseline_on=baseline_on)
    assert fault in said
    assert bool(said) == bool(fault)


@pytest.mark.parametrize("purpose", [Purpose.BASELINE, Purpose.MONTH_6])
def test_a_baseline_and_month_6_are_recorded_within_92_days(
    site: Site, by: Actor, patient: Patient, purpose: Purpose
) -> None:
    approved = approved_everything(site)
    if purpose == Purpose.MONTH_6:
        long_ago = clock.now() - timedelta(days=200)
        photographed(patient, approved.photos, by=make_actor(site, Role.PHYSICIAN), at=long_ago)
    today = clock.today(site)
    with pytest.raises(Refused, match="more than 92 days ago") as refused:
        opened(by, patient, purpose, taken_on=today - timedelta(days=93))
    assert refused.value.field == "taken_on"
    row = opened(by, patient, purpose, taken_on=today - timedelta(days=92))
    with pytest.raises(Refused, match="more than 92 days ago") as refused:
        change_day(by=by, photo_set=row, taken_on=today - timedelta(days=93), at=clock.now())
    assert refused.value.field == "taken_on"
    # It's counted from the day of the change, not from that of the opening.
    change_day(by=by, photo_set=row, taken_on=today, at=clock.now())
    with pytest.raises(Refused, match="more than 92 days ago"):
        change_day(by=by, photo_set=row, taken_on=today - timedelta(days=92), at=clock.now() + DAY)
    assert opened(by, patient, Purpose.FOLLOW_UP, taken_on=today - timedelta(days=150)).completed_at is None


def test_the_new_set_page_says_at_the_day_that_it_is_too_long_ago(
    site: Site, by: Actor, patient: Patient, client: Client
) -> None:
    approved_everything(site)
    client.force_login(by.user)
    address = reverse("photo_set_new", args=[patient.pk])
    refused: Any = client.post(address, {"purpose": "baseline", "taken_on": "1990-01-01"})
    assert refused.status_code == 422
    assert "Type the date again, or put older photographs" in refused.context["form"].errors["taken_on"][0]
    assert not PhotoSet.objects.exists()


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
