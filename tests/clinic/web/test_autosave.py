"""The server's half of saving field by field."""

import datetime as dt
import json

from django.test import RequestFactory

from clinic.web.autosave import changed_fields, saved, stale

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


def test_a_stale_draft_says_who_saved_first_where_that_is_known() -> None:
    assert json.loads(stale(by="Paul Demo", at=AT).content) == {"by": "Paul Demo", "at": "09:41"}
