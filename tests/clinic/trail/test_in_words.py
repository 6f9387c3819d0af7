"""The trail's page in words: what a signature says, and the kinds of records that people know."""

import html
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, TrailEvent
from clinic.trail.showing import shown
from clinic.trail.unit import record, unit_of_work
from patients.registry.models import Patient
from sessions.plans.models import TreatmentPlan
from tests.factories import make_actor
from tests.pages import words
from tests.patients.builders import registered_patient

pytestmark = pytest.mark.django_db


@unit_of_work
def corrected(patient: Patient, by: Any) -> None:
    """Write down that a telephone number was changed."""
    before, after = {"phone": "01 555 0100"}, {"phone": "01 555 0199"}
    record(by=by, action=Action.CHANGE, subject=patient, patient=patient, before=before, after=after)


@unit_of_work
def signed_by_hand(patient: Patient, by: Any, *, name: str, meaning: str = "consented") -> None:
    """Write down a signature as the signing does."""
    hashes = {"signature": "7b8e", "sha256": "a" * 64, "binding": "b" * 64}
    rows = {"patients_patient": {"columns": "id", "sha256": "d" * 64}}
    after = {"meaning": meaning, "name": name, **hashes, "rows": rows}
    record(by=by, action=Action.SIGN, subject=patient, patient=patient, after=after)


@unit_of_work
def noted(by: Any) -> None:
    """Write down something about a record of which no kind tells."""
    record(by=by, action=Action.CHANGE, subject=TrailEvent.objects.order_by("pk")[0])


def entries_on(page: str) -> list[int]:
    """The numbers of the entries of a page."""
    return [int(number) for number in re.findall(r"Entry (\d+)", page)]


def test_a_patients_signature_is_told_as_theirs_and_names_who_witnessed_it(
    site: Site, sign_in: Any, client: Client
) -> None:
    patient, operator = registered_patient(site, "Adler"), make_actor(site, Role.OPERATOR, name="Olga Demo")
    signed_by_hand(patient, operator, name="Alma Adler")
    sign_in(site, Role.AUDITOR)
    page = words(client.get(reverse("trail_list", query={"action": "sign"})))
    assert "Alma Adler signed patient “Alma Adler" in page
    assert "by hand, and Olga Demo witnessed it" in page
    assert "Meaning consents Signed by Alma Adler" in page
    for raw in ("Binding", "Rows", "consented", "Sha256", "patients_patient"):
        assert raw not in page, raw
    for technical in ("Number of the signature", "Hash of the signed text", "Hash of the signature"):
        assert f"{technical}: " in page
    assert f"Hash of the signed rows: patient {'d' * 64}" in page


def test_a_signature_of_the_staff_says_what_it_means(site: Site) -> None:
    operator = make_actor(site, Role.OPERATOR, name="Olga Demo")
    signed_by_hand(registered_patient(site, "Adler"), operator, name="Olga Demo", meaning="performed")
    (entry,) = shown(TrailEvent.objects.filter(action=Action.SIGN))
    assert entry.sentence.startswith("Olga Demo signed patient “Alma Adler")
    assert entry.sentence.endswith("”: performed as recorded")
    assert entry.in_words("→") == "Meaning: performed as recorded; Signed by: Olga Demo"


def test_kinds_of_records_are_those_that_people_know(site: Site, sign_in: Any, client: Client) -> None:
    patient, by = registered_patient(site), make_actor(site, Role.OPERATOR)
    corrected(patient, by)
    manager = sign_in(site, Role.MANAGER)
    noted(manager)
    source = client.get(reverse("trail_list")).content.decode()
    (choices,) = re.findall(r'<select[^>]*name="kind".*?</select>', source, re.DOTALL)
    offered = {html.unescape(name) for name in re.findall(r"<option[^>]*>([^<]+)</option>", choices)}
    assert {"Every kind", "Patients", "Photographs", "Treatment sessions", "Stock", "Everything else"} <= offered
    assert not {"due tick", "heartbeat", "lot movement", "photo set", "trail entry"} & offered
    assert 'name="object_type"' not in source.partition("trail-rows")[0]

    def found(kind: str) -> set[str]:
        numbers = entries_on(words(client.get(reverse("trail_list", query={"kind": kind}))))
        return set(TrailEvent.objects.filter(seq__in=numbers).values_list("object_type", flat=True))

    of_patient = client.get(reverse("patient_trail", args=[patient.pk], query={"kind": "photographs"}))
    assert 'name="kind"' in of_patient.content.decode()
    assert "No such entries" in words(of_patient)
    assert found("patients") == {"patients.Patient"}
    assert found("else") == {"clinic.TrailEvent"}
    assert "No such entries" in words(client.get(reverse("trail_list", query={"kind": "photographs"})))


def test_the_link_to_one_record_says_so_and_other_filters_keep_to_it(site: Site, sign_in: Any, client: Client) -> None:
    patient, other, by = registered_patient(site), registered_patient(site), make_actor(site, Role.OPERATOR)
    corrected(patient, by)
    corrected(other, by)
    sign_in(site, Role.MANAGER)
    one = {"object_type": "patients.Patient", "object_id": str(patient.pk)}
    response = client.get(reverse("trail_list", query=one))
    page = words(client.get(reverse("trail_list", query=one)))
    assert f"Only what is about one record: patient, number {patient.pk} in the database" in page
    assert {event.object_id for event in TrailEvent.objects.filter(seq__in=entries_on(page))} == {str(patient.pk)}
    bar = response.content.decode().partition('id="trail-rows"')[0]
    for name, value in one.items():
        assert re.search(rf'<input type="hidden" name="{name}" value="{value}"', bar)
    assert "Only what is about one record" not in words(client.get(reverse("trail_list")))


def test_dates_in_a_things_name_are_written_as_people_do_and_stored_as_they_were(site: Site) -> None:
    by, patient = make_actor(site, Role.OPERATOR, name="Olga Demo"), registered_patient(site, "Adler")
    opened(TreatmentPlan(pk=1, first_on=date(2026, 10, 5)), patient, by)
    opened(Patient(pk=2, given_name="PREP-2026-10-05-1", family_name="2026-99-99", record_number="N-2"), patient, by)
    plan, other = shown(TrailEvent.objects.filter(action=Action.READ).order_by("id"))
    assert plan.sentence == "Olga Demo opened treatment plan “Plan from 5 Oct 2026”"
    assert "PREP-2026-10-05-1 2026-99-99" in other.sentence
    assert TrailEvent.objects.filter(object_label="Plan from 2026-10-05").exists()


@unit_of_work
def opened(thing: Any, patient: Patient, by: Any) -> None:
    """Write down that somebody looked at `thing`."""
    record(by=by, action=Action.READ, subject=thing, patient=patient)
