"""The trail leaves the page as a table and as a sealed document, and that it left is in the trail."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.trail import exporting
from clinic.trail.exporting import COLUMNS
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import record, unit_of_work
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(site: Site) -> Patient:
    """A patient whose registration is in the trail."""
    return registered_patient(site)


@unit_of_work
def say(by: Any, reason: str) -> None:
    record(by=by, action=Action.CHANGE, subject=by.site, reason=reason, at=clock.now())


@unit_of_work
def say_when(by: Any, moment: datetime) -> None:
    after = {"moved": moment}
    record(by=by, action=Action.CHANGE, subject=by.site, reason="Moved", after=after, at=clock.now())


def rows_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_table_holds_what_the_page_shows_the_latest_first(
    client: Client, site: Site, other_site: Site, patient: Patient, sign_in: Any
) -> None:
    registered_patient(other_site)
    say(make_actor(site, Role.MANAGER), "Because, he said, “so”\nand so on")
    sign_in(site, Role.AUDITOR)
    head, *rows = rows_of(client.post(reverse("trail_csv")))
    assert tuple(head) == COLUMNS
    numbers = [int(row[0]) for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    mine = list(TrailEvent.objects.filter(site=site).order_by("-seq").values_list("seq", "hash"))
    # That it was exported stands in it already.
    assert [(int(row[0]), row[-1]) for row in rows] == mine
    assert any("Because, he said, “so”\nand so on" in row for row in rows)
    exported = TrailEvent.objects.get(action=Action.EXPORT)
    assert json.loads(exported.body)["after"]["form"] == "csv"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_spreadsheet_computes_nothing_of_what_was_typed(client: Client, site: Site, sign_in: Any, start: str) -> None:
    say(make_actor(site, Role.MANAGER), f"{start}1+1")
    sign_in(site, Role.AUDITOR)
    cells = [cell for row in rows_of(client.post(reverse("trail_csv"))) for cell in row]
    assert f"'{start}1+1" in cells
    assert f"{start}1+1" not in cells


def test_filters_narrow_both(client: Client, site: Site, patient: Patient, sign_in: Any) -> None:
    other = registered_patient(site)
    sign_in(site, Role.AUDITOR)
    asked = {"record_number": patient.record_number, "object_type": "patients.Patient"}
    rows = rows_of(client.post(reverse("trail_csv"), asked))[1:]
    assert rows
    assert all(patient.full_name in " ".join(row) for row in rows)
    assert client.post(reverse("trail_document"), asked).status_code == 302
    content = SealedDocument.objects.get(kind="trail_extract").content
    assert patient.full_name in content
    assert other.full_name not in content
    hashes = json.loads(content)["hashes"]
    assert set(hashes) == {row[-1] for row in rows}


def test_more_than_fits_is_refused_in_words_and_keeps_the_filters(
    client: Client, site: Site, patient: Patient, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_SEALED", 1)
    say(make_actor(site, Role.MANAGER), "One more")
    sign_in(site, Role.AUDITOR)
    answer = client.post(reverse("trail_document"), {"object_type": ""}, follow=True)
    assert "fit one document" in answer.content.decode()
    assert not SealedDocument.objects.filter(kind="trail_extract").exists()
    answer = client.post(reverse("trail_document"), {"record_number": "N-99999"}, follow=True)
    assert "can’t be read" in answer.content.decode() or "can&#x27;t be read" in answer.content.decode()


def test_all_entries_about_one_record(client: Client, site: Site, patient: Patient, sign_in: Any) -> None:
    registered_patient(site)
    sign_in(site, Role.AUDITOR)
    page = client.get(
        reverse("trail_list", query={"object_type": "patients.Patient", "object_id": patient.pk})
    ).content.decode()
    assert patient.full_name in page
    assert page.count('class="entry-detail"') == 1


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PHYSICIAN, Role.FRONT_DESK])
def test_who_may_not_read_the_trail_exports_none(client: Client, site: Site, sign_in: Any, role: Role) -> None:
    sign_in(site, role)
    for name in ("trail_csv", "trail_document"):
        assert client.post(reverse(name)).status_code == 403


def test_the_extract_prints_where_the_trail_ended(client: Client, site: Site, patient: Patient, sign_in: Any) -> None:
    sign_in(site, Role.AUDITOR)
    before = ChainHead.objects.get(site=site)
    assert client.post(reverse("trail_document"), {"record_number": patient.record_number}).status_code == 302
    content = json.loads(SealedDocument.objects.get(kind="trail_extract").content)
    section = content["sections"][1]
    assert section["heading"] == "End of the record trail when this was taken"
    said = {each["label"]: each["value"] for each in section["fields"]}
    assert said["Epoch of the trail"] == str(before.epoch)
    assert said["Entry"] == str(before.seq)
    assert said["First digits of its hash"].replace(" ", "") == before.hash[:16] == content["trail"]["hash"]


def test_moments_in_the_table_are_the_sites_as_on_the_page(client: Client, site: Site, sign_in: Any) -> None:
    """The lines go out after the view has returned, when the request's time zone isn't set any more."""
    at = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    say_when(make_actor(site, Role.MANAGER), at)
    sign_in(site, Role.AUDITOR)
    answer = client.post(reverse("trail_csv"))
    with timezone.override("UTC"):
        (row,) = [row for row in rows_of(answer) if "Moved" in row[COLUMNS.index("reason")]]
    local = clock.local(at, site)
    assert local.hour != at.hour
    assert f"{local:%H:%M}" in row[COLUMNS.index("before and after")]
