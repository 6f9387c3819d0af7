"""A record that isn't what was signed says so where its page begins, above everything that it came to."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.permissions import Role
from tests.meta.conftest import Stories
from tests.pages import banners, signature_states
from tests.tampering import change

pytestmark = pytest.mark.django_db
#: A change of each kind of record past the triggers, and what its page says at its top as long as it holds.
RECORDS = {
    "session": ("UPDATE treatment_sessions_treatmentsession SET notes = notes || '.' WHERE id = %s", "Signed"),
    "consent": ("UPDATE patients_consent SET signed_name = signed_name || '.' WHERE id = %s", "Consent given"),
    "audit": ("UPDATE audit_photoaudit SET note = note || '.' WHERE id = %s", "Continue"),
    "preparation": ("UPDATE treatment_sessions_preparation SET notes = notes || '.' WHERE id = %s", "Use before"),
    "week_review": ("UPDATE audit_weekreview SET note = note || '.' WHERE id = %s", "Signed"),
    "clearance": ("UPDATE patients_clearance SET scope = scope || '.' WHERE id = %s", ""),
    "treatment": ("UPDATE protocols_treatmentprotocolversion SET needle_gauge = 62 - needle_gauge WHERE id = %s", ""),
    "set_up": ("UPDATE protocols_setup SET details = details || '.' WHERE id = %s", ""),
}
PAGES = {
    "session": "treatment_session", "consent": "consent", "audit": "photo_audit", "preparation": "preparation",
    "clearance": "clearance", "set_up": "set_up_end",
}  # fmt: skip
SAID = "This isn't what was signed"


def address_of(name: str, row: Any) -> str:
    if name == "week_review":
        return reverse("week", args=[row.iso_year, row.iso_week])
    return reverse(PAGES[name], args=[row.pk]) if name in PAGES else str(row.get_absolute_url())


@pytest.mark.parametrize("name", RECORDS)
def test_it_is_said_at_the_top_and_nothing_there_says_that_all_is_well(
    stories: Stories, client: Client, name: str
) -> None:
    row, (statement, well) = stories.own.rows[name], RECORDS[name]
    client.force_login(stories.own.actor(*Role).user)
    before = banners(client.get(address_of(name, row)))
    assert SAID not in before
    assert any(title.startswith(well) for title in before) or not well, before
    change(statement, row.pk)
    response = client.get(address_of(name, row))
    assert signature_states(response)[0] == "Doesn't verify"
    after = banners(response)
    assert SAID in after
    assert not well or not any(title.startswith(well) for title in after)
