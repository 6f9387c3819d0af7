"""A signature that was made for another record is never called valid on a record's page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.certifying.services import certify
from clinic.signing.models import Signature
from protocols.decisions.services import retire
from protocols.opening.models import Arrangement
from tests.factories import confirmed, make_actor
from tests.pages import banners, signature_states
from tests.patients.builders import cleared, registered_patient, signed_checklist, with_intake
from tests.protocols.builders import approved, approved_everything, draft_consent, draft_treatment
from tests.protocols.test_opening import record as set_up
from tests.tampering import change

pytestmark = pytest.mark.django_db


def a_version(site: Site) -> Model:
    return approved(draft_treatment(site))


def a_clearance(site: Site) -> Model:
    return cleared(registered_patient(site))


def a_photo_station(site: Site) -> Model:
    return set_up(make_actor(site, Role.MANAGER), Arrangement.PHOTO_STATION, name="Photo room")


def page_of(row: Any) -> str:
    pages = {"Clearance": "clearance", "SetUp": "set_up_end"}
    name = pages.get(type(row).__name__)
    return reverse(name, args=[row.pk]) if name else str(row.get_absolute_url())


@pytest.mark.parametrize(
    ("build", "column"),
    [(a_version, "approval_signature_id"), (a_clearance, "signature_id"), (a_photo_station, "signature_id")],
)
def test_a_record_under_a_signature_that_was_made_for_another(
    client: Client, site: Site, build: Callable[[Site], Any], column: str
) -> None:
    row = build(site)
    client.force_login(make_actor(site, Role.PHYSICIAN, Role.MANAGER).user)
    assert signature_states(client.get(page_of(row))) == ["Valid"]
    someone = make_actor(site, Role.FRONT_DESK, certified=False)
    certify(by=someone, confirmed=confirmed(someone), at=clock.now())
    other = Signature.objects.get(object_type="clinic.Certification")
    change(f"UPDATE {row._meta.db_table} SET {column} = '{other.pk}' WHERE id = %s", row.pk)
    assert signature_states(client.get(page_of(row))) == ["Doesn't verify"]


def test_a_retirement_under_the_signature_of_another_retirement(client: Client, site: Site) -> None:
    physician = make_actor(site, Role.PHYSICIAN)
    client.force_login(physician.user)
    rows = [
        retire(by=physician, version=version, confirmed=confirmed(physician), reason="Recall", at=clock.now())
        for version in (approved(draft_treatment(site)), approved(draft_consent(site)))
    ]
    row, other = rows
    change(
        f"UPDATE {row._meta.db_table} SET retirement_signature_id = '{other.retirement_signature_id}' WHERE id = %s",
        row.pk,
    )
    assert signature_states(client.get(row.get_absolute_url())) == ["Doesn't verify"] * 2


def test_a_checklist_that_isnt_what_was_signed_begins_with_that(client: Client, site: Site) -> None:
    row = signed_checklist(with_intake(registered_patient(site)).patient, approved_everything(site).formulations[0])
    client.force_login(make_actor(site, Role.OPERATOR).user)
    address = reverse("checklist", args=[row.pk])
    assert banners(client.get(address))[0] == "Proceed"
    change("UPDATE patients_checklistanswer SET question = question || '.' WHERE checklist_id = %s", row.pk)
    page = client.get(address)
    assert banners(page)[:2] == ["This isn't what was signed", "As signed: Proceed"]
    assert signature_states(page) == ["Doesn't verify"]
