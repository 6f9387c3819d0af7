"""Whoever opens a photo set is told first when the patient hasn't agreed to photographs."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.consents.models import Consent
from patients.consents.services import withdraw_consent
from tests.factories import make_actor
from tests.pages import banners, words
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import opened
from tests.protocols.builders import approved, draft_photo_protocol
from tests.sessions.rooms import ready_room

pytestmark = pytest.mark.django_db
SAID = "No consent to photographs is on record"


def test_it_is_said_until_the_patient_consents_and_once_that_is_taken_back(client: Client, site: Site) -> None:
    room = ready_room(site)
    technician, operator = make_actor(site, Role.PHOTO_TECHNICIAN), make_actor(site, Role.OPERATOR)
    address = reverse("photo_set", args=[opened(technician, room.patient).pk])
    client.force_login(technician.user)
    assert SAID not in banners(client.get(address))

    consent = Consent.objects.get(patient=room.patient)
    withdraw_consent(by=operator, consent=consent, reason="No pictures any more.", at=clock.now())
    page = client.get(address)
    assert SAID in banners(page)
    assert "Take consent" not in words(page)  # a photo technician takes none

    client.force_login(operator.user)
    page = client.get(address)
    assert SAID in banners(page)
    assert reverse("consent_new", args=[room.patient.pk]) in page.content.decode()


def test_who_never_consented(client: Client, site: Site) -> None:
    approved(draft_photo_protocol(site))
    technician = make_actor(site, Role.PHOTO_TECHNICIAN)
    photo_set = opened(technician, registered_patient(site))
    client.force_login(technician.user)
    assert SAID in banners(client.get(reverse("photo_set", args=[photo_set.pk])))
