"""A sign-in that ends while somebody types loses nothing that was typed, and carries nothing secret."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def hidden_fields(response: HttpResponse) -> list[tuple[str, str]]:
    """Return name and value of the page's hidden inputs, but for the token."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', response.content.decode())
    return [(unescape(name), unescape(value)) for name, value in inputs if name != "csrfmiddlewaretoken"]


@pytest.fixture
def address(site: Site) -> str:
    """The e-mail address of an operator."""
    return make_user("Clara Demo", site=site, roles=[Role.OPERATOR]).email


def test_a_post_without_a_sign_in_is_not_carried_out_and_carries_what_was_typed(client: Client) -> None:
    response = client.post(
        reverse("gallery_form"), {"name": "Zoë “Demo”", "zone": ["front", "vertex"], "password": "secret"}
    )
    assert response.status_code == 401
    fields = hidden_fields(response)
    assert ("carried-name", "Zoë “Demo”") in fields
    assert [value for name, value in fields if name == "carried-zone"] == ["front", "vertex"]
    assert ("resume_path", reverse("gallery_form")) in fields
    assert "secret" not in response.content.decode()


def test_files_cannot_wait_and_the_page_says_so(client: Client) -> None:
    response = client.post(reverse("gallery_form"), {"vertex": SimpleUploadedFile("a.jpg", b"x")})
    assert "Choose them again" in response.content.decode()
    assert ("files_lost", "1") in hidden_fields(response)


def test_a_get_without_a_sign_in_leads_to_the_sign_in_and_back(client: Client) -> None:
    response = client.get(reverse("gallery"))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={reverse('gallery')}"


def test_after_signing_in_everything_is_sent_once_more_by_one_button(client: Client, address: str) -> None:
    first = client.post(reverse("gallery_form"), {"name": "Alma Demo", "note": "two\nlines"})
    carried = dict(hidden_fields(first))
    second = client.post(reverse("resume"), {**carried, "login": address, "password": PASSWORD})
    assert second.status_code == 200
    page = second.content.decode()
    assert f'action="{reverse("gallery_form")}"' in page
    assert "Continue and save" in page
    fields = dict(hidden_fields(second))
    assert fields["name"] == "Alma Demo"
    assert fields["note"] == "two\nlines"
    assert PASSWORD not in page
    third = client.post(reverse("gallery_form"), fields)
    assert third.status_code == 422
    assert 'value="Alma Demo"' in third.content.decode()


def test_a_wrong_password_asks_again_and_still_loses_nothing(client: Client, address: str) -> None:
    carried = dict(hidden_fields(client.post(reverse("gallery_form"), {"name": "Alma Demo"})))
    response = client.post(reverse("resume"), {**carried, "login": address, "password": "wrong"})
    assert response.status_code == 401
    assert ("carried-name", "Alma Demo") in hidden_fields(response)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/no/such/page/", "x"]
)
def test_the_way_back_is_always_one_of_our_own_pages(client: Client, address: str, path: str) -> None:
    response = client.post(
        reverse("resume"), {"resume_path": path, "carried-name": "Alma Demo", "login": address, "password": PASSWORD}
    )
    assert 'action="/"' in response.content.decode()


def test_a_form_that_was_open_too_long_gets_a_page_of_our_own(site: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    user = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    strict.force_login(user)
    response = strict.post(reverse("gallery_form"), {"name": "Alma Demo"})
    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()
