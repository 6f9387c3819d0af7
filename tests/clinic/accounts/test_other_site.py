"""A form that was opened at one site is never saved at another, and nothing typed is lost."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.entries import SITE_FIELD
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import Patient
from tests.clinic.accounts.test_resume import hidden_fields
from tests.factories import PASSWORD, make_site, make_user

pytestmark = pytest.mark.django_db

TYPED = {"family_name": "Demo", "given_name": "Zoë", "birth_date": "14 Mar 1979", "sex": "female"}


@pytest.fixture
def north() -> Site:
    return make_site(name="Site North")


@pytest.fixture
def south() -> Site:
    return make_site(name="Site South")


@pytest.fixture
def user(north: Site, south: Site) -> User:
    """Somebody of the front desk at both sites, who prepares as well."""
    user = make_user("Dora Demo", site=north, roles=[Role.FRONT_DESK, Role.PREPARER])
    for role in (Role.FRONT_DESK, Role.PREPARER):
        Membership.objects.create(user=user, site=south, role=role, granted_at=clock.now(), granted_by=user)
    return user


@pytest.fixture
def tabs(client: Client, user: User) -> Client:
    """Two tabs of one browser: they share the sign-in and with it the site."""
    client.force_login(user)
    return client


def switch(tabs: Client, site: Site) -> None:
    assert tabs.post(reverse("switch_site"), {"site": site.pk}).status_code == 302


def opened(tabs: Client, url: str) -> dict[str, str]:
    """Return what a form on the page at `url` sends by itself."""
    fields = dict(hidden_fields(tabs.get(url)))
    assert fields[SITE_FIELD]
    return fields


def test_a_form_opened_at_one_site_is_not_saved_at_another(tabs: Client, south: Site) -> None:
    sent = opened(tabs, reverse("patient_new")) | TYPED
    switch(tabs, south)
    response = tabs.post(reverse("patient_new"), sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert "This form was opened at Site North; you now work at Site South. Nothing was saved." in page
    assert "Change the site back, or open the form anew." in page
    assert not Patient.objects.exists()
    carried = hidden_fields(response)
    assert all((f"carried-{name}", value) in carried for name, value in TYPED.items())


def test_changing_the_site_back_sends_what_was_typed_to_where_it_belongs(
    tabs: Client, north: Site, south: Site
) -> None:
    sent = opened(tabs, reverse("patient_new")) | TYPED
    switch(tabs, south)
    refused = dict(hidden_fields(tabs.post(reverse("patient_new"), sent)))
    back = tabs.post(reverse("switch_site"), {**refused, "site": north.pk})
    assert "You work at Site North again" in back.content.decode()
    assert f'action="{reverse("patient_new")}"' in back.content.decode()
    assert not Patient.objects.exists()
    assert tabs.post(reverse("patient_new"), dict(hidden_fields(back))).status_code == 302
    assert Patient.objects.get().site == north


def test_the_form_is_saved_when_the_site_was_changed_back_in_the_other_tab(
    tabs: Client, north: Site, south: Site
) -> None:
    sent = opened(tabs, reverse("patient_new")) | TYPED
    switch(tabs, south)
    switch(tabs, north)
    assert tabs.post(reverse("patient_new"), sent).status_code == 302
    assert Patient.objects.get().site == north


def test_a_part_of_a_page_that_is_sent_from_another_site_says_so_and_leaves_the_page(tabs: Client, south: Site) -> None:
    sent = opened(tabs, reverse("formulation_new"))
    switch(tabs, south)
    response = tabs.post(reverse("formulation_new"), {**sent, "rows": "add"}, headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "This form was opened at Site North; you now work at Site South. Nothing was saved." in text
    assert "<html" not in text
    assert response["HX-Retarget"] == "[data-toasts]"
    assert response["HX-Reswap"] == "innerHTML"


def test_a_page_that_saves_itself_is_told_and_waits(tabs: Client, south: Site) -> None:
    sent = opened(tabs, reverse("gallery"))
    switch(tabs, south)
    body = {"changed": "remark", "remark": "kept", SITE_FIELD: sent[SITE_FIELD]}
    response = tabs.post(reverse("gallery_autosave"), body, headers={"X-Autosave": "1"})
    assert response.status_code == 409
    assert "opened at Site North; you now work at Site South" in response.json()["elsewhere"]


def test_files_and_passwords_are_not_carried(tabs: Client, south: Site) -> None:
    sent = opened(tabs, reverse("gallery"))
    switch(tabs, south)
    file = SimpleUploadedFile("a.jpg", b"x")
    response = tabs.post(reverse("gallery_form"), {**sent, "vertex": file, "password": "a secret one"})
    assert "Choose them again" in response.content.decode()
    assert "a secret one" not in response.content.decode()


def test_the_menu_of_a_page_from_the_other_site_still_changes_the_site_and_signs_out(
    tabs: Client, north: Site, south: Site
) -> None:
    sent = opened(tabs, reverse("today"))
    switch(tabs, south)
    assert tabs.post(reverse("switch_site"), {**sent, "site": north.pk}).status_code == 302
    switch(tabs, south)
    assert tabs.post(reverse("account_logout"), sent).status_code == 302


def test_a_site_where_one_no_longer_works_is_neither_named_nor_offered(tabs: Client) -> None:
    site = make_site(name="Site West")
    sent = opened(tabs, reverse("patient_new")) | TYPED | {SITE_FIELD: str(site.pk)}
    response = tabs.post(reverse("patient_new"), sent)
    assert response.status_code == 409
    assert site.name not in response.content.decode()
    assert "opened at another site" in response.content.decode()
    assert not re.search(rf'<button[^>]*name="site"[^>]*value="{site.pk}"', response.content.decode())


def test_who_signs_in_again_goes_on_at_the_site_of_the_form(tabs: Client, south: Site, user: User) -> None:
    switch(tabs, south)
    sent = opened(tabs, reverse("patient_new")) | TYPED
    tabs.logout()
    carried = dict(hidden_fields(tabs.post(reverse("patient_new"), sent)))
    again = tabs.post(reverse("resume"), {**carried, "login": user.email, "password": PASSWORD})
    assert tabs.post(reverse("patient_new"), dict(hidden_fields(again))).status_code == 302
    assert Patient.objects.get().site == south
    assert TrailEvent.objects.filter(action=Action.SWITCH_SITE).count() == 2
