"""A passkey in a real browser: made, asked for by the signature, and refused by a person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.passkeys.models import Passkey
from clinic.signing.models import Method
from protocols.decisions.services import submit_for_review
from tests.factories import PASSWORD, make_user
from tests.journeys.conftest import sign_in_by_form
from tests.protocols.builders import draft_treatment, make_author

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_passkey_is_made_and_signs(
    page: Page, site: Site, live_server: Any, accessible: Callable[[Page], None], complaints: list[str]
) -> None:  # fmt: skip
    sign_in_by_form(page, live_server.url, make_user(site=site, roles=[Role.PHYSICIAN]).email)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]  # fmt: skip
    page.goto(live_server.url + reverse("certify_signature"))
    accessible(page)
    page.get_by_label("Name").fill("Tablet")
    page.get_by_role("textbox", name="Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("is kept")
    accessible(page)

    author = make_author(site)
    version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())
    page.goto(live_server.url + version.get_absolute_url())
    accessible(page)
    expect(page.locator("#approve").get_by_role("textbox", name="Your password")).to_have_count(0)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.locator("#approve").get_by_role("button", name="Approve").click()
    expect(page.locator("#approve [data-passkey-error]")).to_be_visible()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.locator("#approve").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("is approved and in force")
    version.refresh_from_db()
    assert version.approval_signature.method == Method.PASSKEY
    assert Passkey.objects.get().used_at is not None
