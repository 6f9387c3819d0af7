"""The server's half of saving field by field."""

import datetime as dt
import json

import pytest
from django import forms
from django.test import Client, RequestFactory
from django.urls import reverse

from clinic.accounts.entries import ENTRY_FIELD, entry_mark
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Way
from clinic.web.autosave import author, changed_fields, closed, saved, stale, values_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 22, 9, 41, 7, tzinfo=dt.UTC)


def test_each_changed_field_is_named_once() -> None:
    request = RequestFactory().post("/", {"changed": ["zone", "note", "zone"], "zone": ["a", "b"], "note": "x"})
    assert changed_fields(request) == ["zone", "note"]


def test_a_saved_draft_says_when_and_its_new_version() -> None:
    response = saved(at=AT, row_version=7)
    assert response.status_code == 200
    assert json.loads(response.content) == {"saved_at": "09:41:07", "row_version": 7}


def test_a_field_that_was_not_saved_says_what_to_do() -> None:
    response = saved(at=AT, errors={"volume": ["Leave out the unit."]})
    assert response.status_code == 422
    assert json.loads(response.content)["errors"] == {"volume": ["Leave out the unit."]}


def test_a_stale_draft_is_a_conflict() -> None:
    assert stale().status_code == 409
    assert json.loads(stale().content) == {}


def test_a_stale_draft_brings_what_is_saved_now_and_who_saved_it() -> None:
    authors = {"q1": author(by="Paul Demo", at=AT, yourself=False), "": author(by="Clara Demo", yourself=True)}
    response = stale(row_version=8, values={"q1": ["yes"]}, authors=authors)
    assert response.status_code == 409
    assert json.loads(response.content) == {
        "row_version": 8,
        "values": {"q1": ["yes"]},
        "authors": {
            "q1": {"by": "Paul Demo", "at": "09:41", "yourself": False},
            "": {"by": "Clara Demo", "at": "", "yourself": True},
        },
    }


def test_a_draft_that_is_closed_says_why() -> None:
    response = closed("Paul Demo signed this.")
    assert response.status_code == 409
    assert json.loads(response.content) == {"closed": "Paul Demo signed this."}
    response = closed("Paul Demo signed this.", way=Way("Begin a new one", "/new/"))
    assert json.loads(response.content)["way"] == {"text": "Begin a new one", "url": "/new/"}


def test_what_is_saved_is_told_as_the_browser_would_send_it() -> None:
    class Draft(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput)
        zones = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")])
        lot = forms.ChoiceField(choices=[("1", "One")])
        note = forms.CharField()

    saved_before = Draft(initial={"version": 3, "zones": ["a", "b"], "lot": 1})
    assert values_of(saved_before) == {"zones": ["a", "b"], "lot": ["1"], "note": []}


def test_a_page_that_saves_itself_gets_a_new_token_in_place_of_an_error_page(site: Site) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("Clara Demo", site=site, roles=[Role.OPERATOR]))
    response = client.post(reverse("gallery_autosave"), {"changed": "remark"}, headers={"X-Autosave": "1"})
    assert response.status_code == 403
    assert response.json() == {"token": True}
    token = client.cookies["csrftoken"].value
    body = {"changed": "remark", "remark": "kept", "csrfmiddlewaretoken": token}
    assert client.post(reverse("gallery_autosave"), body, headers={"X-Autosave": "1"}).status_code == 200


def test_what_somebody_else_typed_is_refused_by_name_and_saved_for_nobody(site: Site, client: Client) -> None:
    clara, paul = (make_user(name, site=site, roles=[Role.OPERATOR]) for name in ("Clara Demo", "Paul Demo"))
    client.force_login(paul)
    body = {"changed": "remark", "remark": "kept", ENTRY_FIELD: entry_mark(clara)}
    response = client.post(reverse("gallery_autosave"), body, headers={"X-Autosave": "1"})
    assert response.status_code == 403
    assert response.json() == {"other": "Paul Demo"}
