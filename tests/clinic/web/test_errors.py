"""Error pages are our own, say what to do, and lead back; they stand when the database doesn't."""

import json
from typing import Any

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from psycopg.errors import DiskFull

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.checks import walk_urls
from clinic.web import errors
from clinic.web.above import methods_of, page_above
from tests.factories import make_actor
from tests.pages import words

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_page_of_ours_with_a_way_back(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert b"There is nothing here" in response.content
    assert b'href="/"' in response.content
    assert response["X-Request-ID"] in response.content.decode()


def test_an_address_that_only_takes_forms_says_so_instead_of_being_blank(
    client: Client, site: Site, sign_in: Any
) -> None:
    sign_in(site, Role.OPERATOR)
    response = client.get(reverse("gallery_autosave"))
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "This page can't be opened like that" in response.content.decode().replace("&#x27;", "'")


def test_whoever_comes_by_a_link_to_an_address_of_a_form_is_led_to_the_page_with_the_form(
    client: Client, site: Site, sign_in: Any
) -> None:
    sign_in(site, Role.OPERATOR)
    for address, above in (
        ("session_rest", "/sessions/7/"), ("session_zone_explain", "/sessions/7/"), ("session_start", "/sessions/"),
        ("plan_move", reverse("plan", args=[7])), ("checklist_save", reverse("checklist", args=[7])),
    ):  # fmt: skip
        answer = client.get(reverse(address, args=[7]))
        assert answer.status_code == 405, address
        assert f'<a class="btn btn-primary" href="{above}">' in answer.content.decode(), address
        assert "Nothing was sent." in words(answer), address


def test_a_page_that_doesnt_open_for_the_role_isnt_led_to(client: Client, site: Site, sign_in: Any) -> None:
    sign_in(site, Role.PREPARER)
    answer = client.get(reverse("switch_site"))
    assert answer.status_code == 405
    assert "Back to the page with the form" not in words(answer)
    request = RequestFactory().get(reverse("session_rest", args=[7]))
    request.actor = make_actor(site, Role.PREPARER)  # type: ignore[attr-defined]
    assert page_above(request) == ""
    request.actor = make_actor(site, Role.FRONT_DESK)  # type: ignore[attr-defined]
    assert page_above(request) == "/sessions/"


def test_every_view_says_by_which_methods_it_is_opened() -> None:
    assert [address for address, pattern in walk_urls() if not methods_of(pattern.callback)] == []


def answer_to(error: Exception, request: HttpRequest) -> HttpResponse:
    """Return the answer to a request whose view raised `error`."""
    try:
        raise error
    except type(error):
        return errors.server_error(request)


class _LostDatabase:
    """Stands where messages would be read from a database that is gone."""

    def __iter__(self) -> Any:
        raise OperationalError("server closed the connection")


def test_a_lost_database_is_told_as_such_without_asking_it_anything() -> None:
    request = RequestFactory().get("/today/")
    request._messages = _LostDatabase()  # type: ignore[attr-defined]
    response = answer_to(OperationalError("server closed the connection"), request)
    assert response.status_code == 503
    assert "reach its records" in response.content.decode()


def _gone(self: Any) -> Any:
    raise OperationalError("the database system is shutting down")


class _UnknownUser:
    """Stands for the person whom only the database could tell."""

    @property
    def is_authenticated(self) -> bool:
        raise OperationalError("server closed the connection")


def test_a_lost_database_keeps_what_was_typed_by_somebody_signed_in() -> None:
    sent = {"family_name": 'Müller "the" Demo', "password": "secret of mine"}
    request = RequestFactory().post("/patients/new/?from=list", sent)
    request.user = _UnknownUser()  # type: ignore[assignment]
    request.csrf_processing_done = True  # type: ignore[attr-defined]  # the form bore its token
    response = answer_to(OperationalError("server closed the connection"), request)
    assert response.status_code == 503
    page = response.content.decode()
    assert 'action="/patients/new/?from=list"' in page
    assert 'name="family_name" value="Müller &quot;the&quot; Demo"' in page
    assert "Send it again" in page
    assert "secret of mine" not in page


def test_a_lost_database_offers_nothing_that_another_site_sent() -> None:
    request = RequestFactory().post("/patients/new/", {"family_name": "Forged"})
    request.user = _UnknownUser()  # type: ignore[assignment]
    response = answer_to(OperationalError("server closed the connection"), request)
    assert response.status_code == 503
    assert "Forged" not in response.content.decode()
    assert "Send it again" not in response.content.decode()


def full_disk() -> OperationalError:
    error = OperationalError("could not extend file: No space left on device")
    error.__cause__ = DiskFull("could not extend file: No space left on device")
    return error


def test_a_full_disk_is_told_as_such_and_keeps_what_was_typed() -> None:
    request = RequestFactory().post("/patients/new/", {"family_name": "Typed Demo"})
    request.csrf_processing_done = True  # type: ignore[attr-defined]
    response = answer_to(full_disk(), request)
    assert response.status_code == 507
    page = response.content.decode()
    assert "disk is full" in page
    assert "Typed Demo" in page
    assert "reach its records" not in page


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (full_disk(), 507, "The server's disk is full: call whoever looks after the server."),
        (OperationalError("server closed the connection"), 503, "The clinic can't reach its records."),
        (ValueError("the secret of the house"), 500, "Something went wrong on our side."),
    ],
)
def test_a_page_that_saves_itself_is_told_in_a_sentence_what_failed(error: Exception, status: int, words: str) -> None:
    request = RequestFactory().post("/checklists/1/save/", {"changed": "q1"}, headers={"X-Autosave": "1"})
    response = answer_to(error, request)
    assert (response.status_code, json.loads(response.content)) == (status, {"failed": words})


@pytest.mark.parametrize("bears_token", [True, False])
def test_what_was_sent_while_the_database_is_lost_waits_if_it_bears_our_token(
    site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch, bears_token: bool
) -> None:
    sign_in(site, Role.FRONT_DESK)
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = client.cookies
    browser.get(reverse("patient_new"))
    token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value} if bears_token else {}
    monkeypatch.setattr("clinic.accounts.sessions.SessionStore.load", _gone)
    response = browser.post(reverse("patient_new"), {"family_name": "Typed Demo", **token})
    assert response.status_code == 503
    assert ("Typed Demo" in response.content.decode()) is bears_token


def test_a_lost_database_is_a_page_of_ours_for_somebody_signed_in(
    site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, Role.OPERATOR)
    client.raise_request_exception = False

    monkeypatch.setattr("clinic.accounts.sessions.SessionStore.load", _gone)
    for address in ("/today/", "/patients/", "/no/such/page/", "/"):
        response = client.get(address)
        assert response.status_code == 503, address
        assert "reach its records" in response.content.decode()


def test_what_watches_over_the_clinic_gets_its_answer_whoever_is_signed_in(
    site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, Role.MANAGER)
    monkeypatch.setattr("clinic.accounts.sessions.SessionStore.load", _gone)
    assert client.get(reverse("ping")).status_code == 204
    assert "ok" in client.get("/healthz").json()


def test_a_fault_of_ours_says_nothing_of_what_went_wrong() -> None:
    request = RequestFactory().get("/today/")
    request.request_id = "4f2c1ab49f2c"  # type: ignore[attr-defined]
    response = answer_to(ValueError("the secret of the house"), request)
    assert response.status_code == 500
    assert "secret" not in response.content.decode()
    assert "4f2c1ab49f2c" in response.content.decode()


@pytest.mark.parametrize("code", ["400", "403", "404", "405", "500", "503", "507", "csrf"])
def test_every_error_page_leads_somewhere(code: str) -> None:
    response = errors._page(RequestFactory().get("/"), f"{code}.html", 400)
    assert 'href="/"' in response.content.decode()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RequestDataTooBig("too big"), "shorten it, and send it again"),
        (TooManyFieldsSent("too many"), "shorten it, and send it again"),
        (BadRequest("broken"), "damaged on its way"),
    ],
)
def test_a_request_that_cant_be_read_says_what_to_do(error: Exception, words: str) -> None:
    response = errors.bad_request(RequestFactory().post("/today/"), error)
    assert response.status_code == 400
    assert words in response.content.decode()
