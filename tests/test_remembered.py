"""What is put back is what was built: the same rows, whose trail and signatures verify, and on which work goes on."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.signing.services import verifies
from clinic.trail.unit import unit_of_work
from clinic.trail.verifier import read_database, verify
from patients.consents.models import Consent
from tests import remembered
from tests.patients.builders import signed_checklist
from tests.protocols.builders import approved_everything
from tests.remembered import _rows
from tests.sessions.rooms import Room, ready_room


@pytest.fixture
def both(site: Site, monkeypatch: pytest.MonkeyPatch) -> tuple[Room, dict[str, Any], Room]:
    """A room that is built, with its rows, and the one that is put back after those were undone."""
    monkeypatch.setattr(remembered, "_remembered", {})
    monkeypatch.setattr(remembered, "_written", lambda: ())  # Postgres counts what was undone as well
    before = transaction.savepoint_create()
    built, rows = ready_room(site), _rows()
    transaction.savepoint_rollback(before)
    assert not Consent.objects.exists()
    return built, rows, ready_room(site)


def test_what_is_put_back_is_what_was_built(both: tuple[Room, dict[str, Any], Room]) -> None:
    built, rows, again = both
    assert _rows() == rows
    assert again.patient == built.patient
    assert again.patient is not built.patient
    assert again.site is built.site


def test_its_trail_its_signatures_and_its_files_hold(both: tuple[Room, dict[str, Any], Room]) -> None:
    consent = both[2].patient.consents.get()
    assert verifies(consent.signature)
    with default_storage.open(consent.drawing.name) as drawing:
        assert drawing.read()
    with connection.connection.transaction():
        assert verify(*read_database(connection.connection)).findings == []


def test_work_goes_on_from_it(both: tuple[Room, dict[str, Any], Room]) -> None:
    room = both[2]
    assert room.signed().signature is not None


def test_what_is_built_within_a_unit_of_work_lacks_its_entries_yet_and_isnt_remembered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[Any, Any] = {}
    monkeypatch.setattr(remembered, "_remembered", known)
    unit_of_work(approved_everything)(site)
    assert known == {}


def test_another_clock_or_another_site_is_built_for_itself(site: Site, other_site: Site) -> None:
    first = approved_everything(site)
    with clock.moved_to(clock.now() - timedelta(days=3)):
        second = approved_everything(other_site)
    assert first.treatment.pk != second.treatment.pk
    assert second.treatment.site == other_site
    assert second.treatment.approved_at < first.treatment.approved_at


def test_what_rests_on_a_tests_own_rows_is_built_for_itself(site: Site) -> None:
    room = ready_room(site, checklist=False)
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator)
    known = len(remembered._remembered)
    row = room.injected()
    assert row.checklist == room.patient.checklists.get()
    assert len(remembered._remembered) == known


def test_what_a_test_wrote_before_is_another_beginning(site: Site) -> None:
    before = remembered._written()
    Site.objects.filter(pk=site.pk).update(address="Elsewhere")
    assert remembered._written() != before
