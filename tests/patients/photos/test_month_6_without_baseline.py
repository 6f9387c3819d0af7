"""There is no month 6 without a baseline to compare it with: not offered, not chosen beforehand, and refused."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from patients.photos.models import PhotoSet, Purpose
from patients.registry.models import Patient
from protocols.photos.models import PhotoProtocolVersion
from tests.factories import make_actor
from tests.pages import words
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import opened
from tests.protocols.builders import approved, draft_photo_protocol
from tests.sessions.rooms import photographed

pytestmark = pytest.mark.django_db
SAID = "this patient has no complete baseline set that can be compared. Take the baseline first."


@pytest.fixture
def by(site: Site) -> Actor:
    return make_actor(site, Role.PHOTO_TECHNICIAN)


@pytest.fixture
def protocol(site: Site) -> PhotoProtocolVersion:
    return approved(draft_photo_protocol(site))


@pytest.fixture
def patient(site: Site, protocol: PhotoProtocolVersion) -> Patient:
    return registered_patient(site)


def offered(page: Any) -> list[str]:
    return [value for value, _label in page.context["form"].fields["purpose"].choices]


#: Every way to have no baseline that stands: none at all, one that is open, one of which no view counts.
NONE: list[dict[str, Any] | None] = [None, {"complete": False}, {"size": (320, 240)}, {"purpose": Purpose.FOLLOW_UP}]


@pytest.mark.parametrize("how", NONE, ids=["none", "open", "too small", "a follow-up"])
def test_it_is_refused_and_not_offered_without_a_baseline_that_stands(
    by: Actor, patient: Patient, protocol: PhotoProtocolVersion, client: Client, how: dict[str, Any] | None
) -> None:
    if how is not None:
        photographed(patient, protocol, by=by, at=clock.now(), **how)
    with pytest.raises(Refused, match=SAID) as refused:
        opened(by, patient, Purpose.MONTH_6)
    assert refused.value.field == "purpose"
    client.force_login(by.user)
    address = reverse("photo_set_new", args=[patient.pk])
    page = client.get(address, {"purpose": Purpose.MONTH_6})
    assert offered(page) == [Purpose.BASELINE, Purpose.FOLLOW_UP]
    assert "checked" not in page.content.decode().split('name="purpose"', 1)[1].split("</fieldset>", 1)[0]
    assert SAID in words(page)


def test_a_page_from_before_hears_why_once_and_at_the_purpose(by: Actor, patient: Patient, client: Client) -> None:
    client.force_login(by.user)
    sent = {"purpose": "month_6", "taken_on": clock.today(by.site).isoformat(), "submission_key": str(uuid.uuid4())}
    page: Any = client.post(reverse("photo_set_new", args=[patient.pk]), sent)
    assert page.status_code == 422
    assert SAID in page.context["form"].errors["purpose"][0]
    assert not page.context["form"].fields["purpose"].help_text
    assert not PhotoSet.objects.exists()


def test_with_a_baseline_it_is_offered_chosen_and_opened(
    by: Actor, patient: Patient, protocol: PhotoProtocolVersion, client: Client
) -> None:
    photographed(patient, protocol, by=by, at=clock.now() - timedelta(days=180))
    client.force_login(by.user)
    page: Any = client.get(reverse("photo_set_new", args=[patient.pk]), {"purpose": Purpose.MONTH_6})
    assert offered(page) == list(Purpose.values)
    assert page.context["form"].fields["purpose"].initial == Purpose.MONTH_6
    assert SAID not in words(page)
    assert opened(by, patient, Purpose.MONTH_6).purpose == Purpose.MONTH_6
