"""A sign-in that ends while somebody types loses nothing that was typed, and carries nothing secret."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.accounts.carrying import CARRIED_FIELD, Carried, sealed
from clinic.accounts.entries import ENTRY_FIELD, entry_mark
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from tests.factories import PASSWORD, make_user
from tests.pages import carried_by

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
    waiting = carried_by(response)
    assert ("name", "Zoë “Demo”") in waiting.fields
    assert [value for name, value in waiting.fields if name == "zone"] == ["front", "vertex"]
    assert waiting.path == reverse("gallery_form")
    assert "password" not in dict(waiting.fields)
    page = response.content.decode()
    assert not any(typed in page for typed in ("Zoë", "vertex", "secret")), "whoever comes next reads nothing of it"


def test_files_cannot_wait_and_the_page_says_so(client: Client) -> None:
    response = client.post(reverse("gallery_form"), {"vertex": SimpleUploadedFile("a.jpg", b"x")})
    assert "choose it once more" in response.content.decode()
    assert carried_by(response).files_lost


def test_a_get_without_a_sign_in_leads_to_the_sign_in_and_back(client: Client) -> None:
    response = client.get(reverse("gallery"))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={reverse('gallery')}"


def shown_to(address: str, **typed: str) -> dict[str, str]:
    """Return what a form sends that was shown to the account with this e-mail address."""
    return {**typed, ENTRY_FIELD: entry_mark(User.objects.get(email=address))}


def test_after_signing_in_everything_is_sent_once_more_by_one_button(client: Client, address: str) -> None:
    first = client.post(reverse("gallery_form"), shown_to(address, name="Alma Demo", note="two\nlines"))
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
    assert ("name", "Alma Demo") in carried_by(response).fields
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/no/such/page/", "x"]
)
def test_the_way_back_is_always_one_of_our_own_pages(client: Client, address: str, path: str) -> None:
    mark = shown_to(address)[ENTRY_FIELD]
    carried = sealed(Carried(path, mark, [("name", "Alma Demo")], files_lost=False))
    response = client.post(reverse("resume"), {CARRIED_FIELD: carried, "login": address, "password": PASSWORD})
    assert 'action="/"' in response.content.decode()


@pytest.mark.parametrize("carried", ["", "made up", "gAAAAABm" + "A" * 80, "ü", "\x00"])
def test_what_cannot_be_opened_any_more_is_told_after_the_sign_in(client: Client, address: str, carried: str) -> None:
    sent = {CARRIED_FIELD: carried, "login": address, "password": PASSWORD}
    page = client.post(reverse("resume"), sent, follow=True).content.decode()
    assert "can’t be read any more" in page
    assert "Clara Demo" in page


def test_a_form_that_was_open_too_long_gets_a_page_of_our_own(site: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    user = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    strict.force_login(user)
    response = strict.post(reverse("gallery_form"), {"name": "Alma Demo"})
    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()


def test_what_was_typed_on_a_page_that_was_open_too_long_is_sent_again_by_one_button(site: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    user = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    strict.force_login(user)
    sent = {"name": "Alma Demo", "password": PASSWORD, ENTRY_FIELD: entry_mark(user)}
    response = strict.post(reverse("gallery_form"), sent)
    page = response.content.decode()
    assert response.status_code == 403
    assert "This page was open for too long" in page
    assert 'value="Alma Demo"' in page
    assert f'action="{reverse("gallery_form")}"' in page
    assert PASSWORD not in page


def test_when_all_cookies_are_gone_what_was_typed_waits_for_a_new_sign_in(address: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    sent = shown_to(address, name="Alma Demo", password="secret", csrfmiddlewaretoken="x" * 64)
    first = strict.post(reverse("gallery_form"), sent, headers={"Origin": "http://testserver"})
    assert first.status_code == 401
    assert "Your sign-in has ended" in first.content.decode()
    assert "secret" not in first.content.decode()
    carried = dict(hidden_fields(first))
    assert dict(carried_by(first).fields)["name"] == "Alma Demo"
    token = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    second = strict.post(reverse("resume"), {**carried, **token, "login": address, "password": PASSWORD})
    assert "Continue and save" in second.content.decode()
    assert dict(hidden_fields(second))["name"] == "Alma Demo"


def test_when_all_cookies_are_gone_another_person_gets_nothing_of_what_was_typed(address: str, site: Site) -> None:
    other = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    strict = Client(enforce_csrf_checks=True)
    carried = dict(hidden_fields(strict.post(reverse("gallery_form"), shown_to(address, name="Zoë Typed"))))
    token = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    answer = strict.post(reverse("resume"), {**carried, **token, "login": other.email, "password": PASSWORD})
    assert answer.status_code == 401
    assert "Zoë Typed" not in answer.content.decode()
    assert "Somebody else typed this" in answer.content.decode()


@pytest.mark.parametrize("forged", ["another site's form", "no mark"])
def test_a_form_that_is_none_of_ours_asks_nobody_to_sign_in_for_it(address: str, forged: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    sent = shown_to(address, name="Forged") if forged != "no mark" else {"name": "Forged"}
    origin = "https://elsewhere.example" if forged != "no mark" else "http://testserver"
    answer = strict.post(reverse("gallery_form"), sent, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Forged" not in answer.content.decode()


@pytest.mark.parametrize("mark", ["", "0" * 64])
def test_a_request_from_another_page_gets_nothing_to_send_again(site: Site, mark: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("Dora Demo", site=site, roles=[Role.OPERATOR]))
    page = strict.post(reverse("gallery_form"), {"name": "Forged", ENTRY_FIELD: mark}).content.decode()
    assert "Forged" not in page


@pytest.mark.parametrize("mark", ["another's", "made up", "none"])
def test_what_somebody_else_typed_is_neither_shown_nor_offered_to_be_saved(
    client: Client, address: str, site: Site, mark: str
) -> None:
    other = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    typed = shown_to(address, name="Zoë Typed")
    if mark == "made up":
        typed[ENTRY_FIELD] = str(other.pk)
    if mark == "none":
        del typed[ENTRY_FIELD]
    carried = dict(hidden_fields(client.post(reverse("gallery_form"), typed)))
    response = client.post(reverse("resume"), {**carried, "login": other.email, "password": PASSWORD})
    page = response.content.decode()
    assert response.status_code == 401
    assert "Somebody else typed this" in page
    assert "Zoë Typed" not in page
    assert "Continue and save" not in page
    assert f'href="{reverse("account_login")}"' in page, "they may leave it, and sign in for themselves"
    assert "_auth_user_id" not in client.session, "signed in, they would stand in the other's way"


def test_whoever_typed_it_goes_on_after_somebody_else_tried_to_sign_in(
    client: Client, address: str, site: Site
) -> None:
    other = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    first = client.post(reverse("gallery_form"), shown_to(address, name="Alma Demo"))
    carried = dict(hidden_fields(first))
    refused = client.post(reverse("resume"), {**carried, "login": other.email, "password": PASSWORD})
    again = dict(hidden_fields(refused))
    page = client.post(reverse("resume"), {**again, "login": address, "password": PASSWORD}).content.decode()
    assert "Continue and save" in page
    assert 'value="Alma Demo"' in page


def test_a_wrong_password_in_between_does_not_lose_whose_entry_it_is(client: Client, address: str) -> None:
    carried = dict(hidden_fields(client.post(reverse("gallery_form"), shown_to(address, name="Alma Demo"))))
    again = dict(hidden_fields(client.post(reverse("resume"), {**carried, "login": address, "password": "wrong"})))
    response = client.post(reverse("resume"), {**again, "login": address, "password": PASSWORD})
    assert "Continue and save" in response.content.decode()


def test_a_page_left_open_is_not_saved_by_whoever_signed_in_since(client: Client, address: str, site: Site) -> None:
    client.force_login(User.objects.get(email=address))
    sent = dict(hidden_fields(client.get(reverse("gallery"))))
    assert client.post(reverse("gallery_form"), {**sent, "name": "Zoë Typed"}).status_code == 422
    other = make_user("Dora Demo", site=site, roles=[Role.OPERATOR])
    client.force_login(other)
    response = client.post(reverse("gallery_form"), {**sent, "name": "Zoë Typed"})
    assert response.status_code == 403
    assert "entered by somebody else" in response.content.decode()
    assert "Zoë Typed" not in response.content.decode()
    assert f'href="{reverse("today")}"' in response.content.decode()
    # Whoever typed it goes on there and then, in the other's place.
    there = {**dict(hidden_fields(response)), "password": PASSWORD}
    refused = client.post(reverse("resume"), {**there, "login": other.email})
    assert refused.status_code == 403
    assert "Somebody else typed this" in refused.content.decode()
    page = client.post(reverse("resume"), {**dict(hidden_fields(refused)), "password": PASSWORD, "login": address})
    assert 'value="Zoë Typed"' in page.content.decode()
    assert client.session["_auth_user_id"] == str(User.objects.get(email=address).pk)
    assert client.post(reverse("account_logout"), sent).status_code == 302


def test_the_mark_of_an_entry_names_nobody(client: Client, address: str) -> None:
    user = User.objects.get(email=address)
    client.force_login(user)
    mark = dict(hidden_fields(client.get(reverse("gallery"))))[ENTRY_FIELD]
    assert re.fullmatch("[0-9a-f]{64}", mark)


def test_a_window_beside_a_page_that_saves_itself_asks_to_sign_in_and_leads_back(client: Client, address: str) -> None:
    response = client.get(reverse("beside"))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={reverse('beside')}"
    client.force_login(User.objects.get(email=address))
    text = client.get(reverse("beside")).content.decode()
    assert "You are signed in as Clara Demo" in text
    assert "Go back to the window that you came from" in text
