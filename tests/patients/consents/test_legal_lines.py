"""What the consent says about restricted ingredients, and what counts when it changes."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.canonical import sha256
from clinic.documents.models import SealedDocument
from patients.consents.models import Consent
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.services import approve, submit_for_review
from tests.factories import confirmed
from tests.patients.consents.builders import filled
from tests.protocols.builders import allow_all, draft_formulation, make_approver, make_author

LINE = "Where A Formulation A is used: Active A (Off-label): Not licensed for the scalp."


def restricted_formulation(site: Site) -> None:
    """Have a formulation with an off-label ingredient approved at `site`."""
    author, physician = make_author(site), make_approver(site)
    version = draft_formulation(site, by=author, allowed=False)
    allow_all(site, **{"Active A": ("off_label", "Not licensed for the scalp.")})
    submit_for_review(by=author, version=version, at=clock.now())
    approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now(), reason="No other does it.")


@pytest.fixture
def url(patient: Patient, client: Client, operator: Actor) -> str:
    """The address of the patient's consent form, an operator signed in."""
    client.force_login(operator.user)
    return reverse("consent_new", args=[patient.pk])


def test_the_lines_are_read_signed_and_on_the_document(
    client: Client, url: str, site: Site, patient: Patient, script: ConsentScriptVersion
) -> None:
    restricted_formulation(site)
    assert LINE in client.get(url).content.decode()
    assert client.post(url, filled(patient, script)).status_code == 302
    consent = Consent.objects.get()
    assert consent.legal_lines == [LINE]
    assert LINE in consent.signature.content
    assert LINE in SealedDocument.objects.get(kind="consent").content


@pytest.mark.parametrize("read", [None, "", "0" * 64])
def test_lines_that_changed_since_they_were_read_are_read_again(
    client: Client, url: str, site: Site, patient: Patient, script: ConsentScriptVersion, read: Any
) -> None:
    sent = filled(patient, script)  # as the page was before the formulation was approved
    restricted_formulation(site)
    answer = client.post(url, sent if read is None else sent | {"lines_read": read})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "What is said about the ingredients changed while this page was open" in page
    assert LINE in page
    assert not Consent.objects.exists()
    again = filled(patient, script)
    assert answer.context["form"]["lines_read"].value() == again["lines_read"]
    assert client.post(url, again).status_code == 302


def test_sql_cant_take_a_line_out_of_a_consent(
    client: Client, url: str, site: Site, patient: Patient, script: ConsentScriptVersion
) -> None:
    restricted_formulation(site)
    client.post(url, filled(patient, script))
    with pytest.raises(Exception, match="cannot be changed"), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_consent SET legal_lines = '[]'::jsonb")


def test_the_strokes_are_kept_as_vectors_beside_the_picture(
    client: Client, url: str, patient: Patient, script: ConsentScriptVersion
) -> None:
    client.post(url, filled(patient, script))
    consent = Consent.objects.get()
    pad = json.loads(consent.drawing_strokes)
    assert (pad["width"], pad["height"]) == (480, 160)
    assert pad["strokes"] == [[{"x": 40, "y": 80}, {"x": 120, "y": 40}, {"x": 200, "y": 110}]]
    assert sha256(consent.drawing_strokes) in consent.signature.content
