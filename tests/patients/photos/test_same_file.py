"""A file that is on record already is no other photograph: of another set, of another patient."""

import re
import threading
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from clinic.errors import Refused
from clinic.trail.models import TrailEvent
from patients.photos import services
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.same_file import fault_of_file
from patients.photos.services import complete_set, give_up_set
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.pages import words
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import Add, opened, stored, taken, view_of
from tests.protocols.builders import approved, draft_photo_protocol

pytestmark = pytest.mark.django_db
ELSEWHERE = "This very file is in another patient's record. Look whose photograph it is."


@pytest.fixture
def follow_up(technician: Actor, patient: Patient) -> PhotoSet:
    """Another set of the same patient, open."""
    return opened(technician, patient, Purpose.FOLLOW_UP)


@pytest.fixture
def of_another(technician: Actor, site: Site, patient: Patient) -> PhotoSet:
    """The open set of another patient of the site."""
    return opened(technician, registered_patient(site, "Otherdemo"))


def given_up(by: Actor, row: PhotoSet) -> None:
    give_up_set(by=by, photo_set=row, reason="Opened by mistake.", at=clock.now())


class TestOfTheSamePatient:
    def test_the_baseline_itself_is_no_other_set_and_nothing_is_kept(
        self, add: Add, technician: Actor, baseline: PhotoSet, follow_up: PhotoSet
    ) -> None:
        data = taken(1)
        add("frontal", taken(2))
        first = add("vertex", data)
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        kept, entries = stored(), TrailEvent.objects.count()
        for view in ("vertex", "frontal"):
            with pytest.raises(Refused) as refused:
                add(view, data, photo_set=follow_up)
            assert (refused.value.message, refused.value.field) == (
                f"This very file is the photograph of Vertex of {day_text(baseline.taken_on)} already. Take a new one.",
                "file",
            )
        assert not follow_up.photos.exists()
        assert (stored(), TrailEvent.objects.count()) == (kept, entries)
        assert Photo.objects.get(sha256=first.sha256) == first
        assert add("vertex", taken(3), photo_set=follow_up).photo_set == follow_up

    def test_what_was_in_a_set_that_was_given_up_goes_into_the_next(
        self, add: Add, technician: Actor, baseline: PhotoSet, follow_up: PhotoSet
    ) -> None:
        data = taken(1)
        first = add("vertex", data)
        given_up(technician, baseline)
        assert add("vertex", data, photo_set=follow_up).sha256 == first.sha256

    def test_what_was_taken_again_since_counts_for_nothing_either(
        self, add: Add, baseline: PhotoSet, follow_up: PhotoSet
    ) -> None:
        data, again = taken(1), taken(2)
        add("vertex", data)
        add("vertex", again, retake_reason="That is of the follow-up.")
        assert add("vertex", data, photo_set=follow_up).photo_set == follow_up
        with pytest.raises(Refused, match="is the photograph of Vertex"):
            add("frontal", again, photo_set=follow_up)
        # In its own set it stays what it was: a file is there once.
        with pytest.raises(Refused, match="in the set already"):
            add("frontal", data)


class TestOfAnotherPatient:
    def test_it_is_refused_and_nobody_is_named(
        self, client: Client, add: Add, technician: Actor, baseline: PhotoSet, of_another: PhotoSet
    ) -> None:
        data = taken(1)
        add("vertex", data)
        client.force_login(technician.user)
        kept = stored()
        address = reverse("photo_add", args=[of_another.pk, view_of(of_another, "vertex").pk])
        page: Any = client.post(address, {"file": SimpleUploadedFile("IMG_0001.jpg", data, "image/jpeg")})
        assert page.status_code == 422
        assert ELSEWHERE in words(page)
        owner = baseline.patient
        for named in (owner.full_name, owner.record_number, reverse("patient", args=[owner.pk])):
            assert not re.search(re.escape(named) + r"\b", page.content.decode())
        assert not of_another.photos.exists()
        assert stored() == kept

    def test_out_of_a_set_that_was_opened_for_the_wrong_patient_it_goes_to_the_right_one(
        self, add: Add, technician: Actor, baseline: PhotoSet, of_another: PhotoSet
    ) -> None:
        data = taken(1)
        add("vertex", data)
        with pytest.raises(Refused) as refused:
            add("vertex", data, photo_set=of_another)
        assert (refused.value.message, refused.value.field) == (ELSEWHERE, "file")
        given_up(technician, baseline)
        assert add("vertex", data, photo_set=of_another).photo_set == of_another

    def test_what_was_taken_again_in_the_wrong_set_goes_to_the_right_one(
        self, add: Add, baseline: PhotoSet, of_another: PhotoSet
    ) -> None:
        data = taken(1)
        add("vertex", data)
        add("vertex", taken(2), retake_reason="That was somebody else.")
        assert add("vertex", data, photo_set=of_another).photo_set == of_another

    def test_another_site_isnt_asked(self, add: Add, baseline: PhotoSet, other_site: Site) -> None:
        approved(draft_photo_protocol(other_site))
        by = make_actor(other_site, Role.PHOTO_TECHNICIAN)
        elsewhere = opened(by, registered_patient(other_site))
        data = taken(1)
        add("vertex", data)
        photo = add("vertex", data, photo_set=elsewhere, view_row=view_of(elsewhere, "vertex"), by=by)
        assert photo.photo_set == elsewhere


@pytest.mark.django_db(transaction=True)
def test_of_two_sets_that_get_it_at_the_same_moment_one_takes_it(
    add: Add, monkeypatch: pytest.MonkeyPatch, baseline: PhotoSet, follow_up: PhotoSet
) -> None:
    both_asked = threading.Barrier(2)
    outcomes: list[object] = []

    def asked(row: PhotoSet, digest: str) -> str:
        fault = fault_of_file(row, digest)
        with suppress(threading.BrokenBarrierError):
            both_asked.wait(1)  # neither has written anything yet, unless one waits for the other
        return fault

    def upload(row: PhotoSet) -> None:
        try:
            outcomes.append(add("vertex", data, photo_set=row))
        except Refused as refused:
            outcomes.append(refused.message)
        finally:
            connection.close()

    monkeypatch.setattr(services, "fault_of_file", asked)
    data = taken(1)
    uploads = [threading.Thread(target=upload, args=[row]) for row in (baseline, follow_up)]
    for each in uploads:
        each.start()
    for each in uploads:
        each.join()
    assert sorted(type(outcome) is Photo for outcome in outcomes) == [False, True]
    assert any("is the photograph of Vertex" in str(outcome) for outcome in outcomes)
    assert Photo.objects.count() == 1


def test_it_takes_two_statements(add: Add, baseline: PhotoSet, django_assert_num_queries: Any) -> None:
    photo = add("vertex", taken(1))
    with django_assert_num_queries(2):
        assert fault_of_file(baseline, photo.sha256)
