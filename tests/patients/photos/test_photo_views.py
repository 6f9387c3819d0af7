"""The photo station's pages: opening a set, uploading by view, closing it, and what is handed out to whom."""

import re
import uuid
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import second_text
from clinic.trail.models import Action, TrailEvent
from patients.photos import services
from patients.photos.ingest import DecoderUnavailable
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.services import complete_set
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.pages import carried_by, source
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import REAL, Add, taken, view_of


@pytest.fixture
def station(client: Client, technician: Actor) -> Client:
    """The photo station's browser."""
    client.force_login(technician.user)
    return client


def upload(data: bytes, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def send(station: Client, row: PhotoSet, view: str, **sent: Any) -> Any:
    url = reverse("photo_add", args=[row.pk, view_of(row, view).pk])
    return station.post(url, {"submission_key": str(uuid.uuid4())} | sent)


class TestOpening:
    def test_opens_a_set_of_today(self, station: Client, patient: Patient) -> None:
        url = reverse("photo_set_new", args=[patient.pk])
        today = clock.today(patient.site).isoformat()
        response = station.post(url, {"purpose": "baseline", "taken_on": today, "submission_key": str(uuid.uuid4())})
        row = PhotoSet.objects.get()
        assert response.url == reverse("photo_set", args=[row.pk])
        assert (row.purpose, row.taken_on.isoformat()) == (Purpose.BASELINE, today)

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({}, "purpose"),
            ({"purpose": "baseline", "taken_on": "2199-01-01"}, "taken_on"),
            ({"purpose": "holiday", "taken_on": "2026-01-01"}, "purpose"),
            ({"purpose": "baseline", "taken_on": ""}, "taken_on"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, station: Client, patient: Patient, sent: dict[str, str], field: str
    ) -> None:
        response = station.post(reverse("photo_set_new", args=[patient.pk]), sent)
        assert response.status_code == 422
        assert response.context["form"].errors[field]

    def test_one_that_is_open_already_is_gone_on_with_and_the_page_says_so(
        self, station: Client, baseline: PhotoSet
    ) -> None:
        url = reverse("photo_set_new", args=[baseline.patient_id])
        response = station.post(url, {"purpose": "baseline", "taken_on": "2026-01-01"}, follow=True)
        assert response.redirect_chain[0][0] == reverse("photo_set", args=[baseline.pk])
        assert "This set was open already." in source(response)

    def test_another_sites_patient_is_not_found(self, station: Client, other_site: Site) -> None:
        url = reverse("photo_set_new", args=[registered_patient(other_site).pk])
        assert station.get(url).status_code == 404
        assert station.post(url, {}).status_code == 404


class TestUploading:
    def test_whoever_loads_the_address_of_a_refused_photograph_again_finds_the_set(
        self, station: Client, baseline: PhotoSet
    ) -> None:
        answer = station.get(reverse("photo_add", args=[baseline.pk, view_of(baseline, "vertex").pk]))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("photo_set", args=[baseline.pk]))

    def test_a_photograph_of_a_view(self, station: Client, baseline: PhotoSet) -> None:
        assert send(station, baseline, "vertex", file=upload(taken())).status_code == 302
        text = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert "Baseline Test Camera" in text
        assert "Take this view again" in text
        assert "Still to take" in text

    @pytest.mark.parametrize("name", ["HEIC with a place", "turned"])
    def test_a_real_cameras_file(self, station: Client, baseline: PhotoSet, shared_data: Path, name: str) -> None:
        path = shared_data / REAL[name]
        data = path.read_bytes()
        assert send(station, baseline, "vertex", file=upload(data, path.name)).status_code == 302
        assert Photo.objects.get().original_name == path.name

    def test_one_that_is_too_small_says_what_to_do_and_leaves_the_view_open(
        self, station: Client, baseline: PhotoSet
    ) -> None:
        send(station, baseline, "frontal", file=upload(taken(1)))
        url = reverse("photo_add", args=[baseline.pk, view_of(baseline, "vertex").pk])
        sent = {"submission_key": str(uuid.uuid4()), "file": upload(taken(2, (320, 240)))}
        page = station.post(url, sent, follow=True)
        text = source(page)
        assert text.count("320 × 240 px is too small to compare: the shorter side needs 600 px.") == 1
        assert "Take it again at the camera's full size" in text
        assert "Vertex: too small to compare, take it again" in text
        assert "The set is complete" not in text
        assert page.content.decode().count('<details class="no-print" open>') == 1
        assert 'value="Too small to compare"' in text

    def test_a_set_that_was_complete_already_says_that_it_is_not_compared(
        self, station: Client, baseline: PhotoSet, add: Add, technician: Actor
    ) -> None:
        add("frontal", taken(1))
        add("vertex", taken(2, (320, 240)))
        baseline.completed_at, baseline.completed_by = clock.now(), technician.user
        baseline.save()
        assert "This set can't be compared" in source(station.get(reverse("photo_set", args=[baseline.pk])))
        patient = source(station.get(reverse("patient", args=[baseline.patient_id])))
        assert "Too small to compare" in patient
        assert "Too small to compare" in source(station.get(reverse("patient_history", args=[baseline.patient_id])))

    def test_a_double_click_is_one_photograph(self, station: Client, baseline: PhotoSet) -> None:
        key, data = str(uuid.uuid4()), taken()
        for _click in range(2):
            assert send(station, baseline, "vertex", file=upload(data), submission_key=key).status_code == 302
        assert Photo.objects.count() == 1

    def test_a_wrong_file_says_why_at_the_view_and_keeps_the_reason_typed(
        self, station: Client, baseline: PhotoSet, add: Add
    ) -> None:
        add("vertex", taken(1))
        response = send(station, baseline, "vertex", file=upload(b"%PDF-1.7"), retake_reason="Hair was wet.")
        assert response.status_code == 422
        page = response.content.decode()
        tile = page[page.index('id="view-vertex"') : page.index('id="view-macro"')]
        assert "This is not a photo in a format we take." in unescape(tile)
        assert 'value="Hair was wet."' in tile
        assert 'href="#id_vertex_file"' in tile
        assert Photo.objects.count() == 1

    def test_no_file_chosen(self, station: Client, baseline: PhotoSet) -> None:
        response = send(station, baseline, "frontal")
        assert response.status_code == 422
        assert "Choose a file." in source(response)

    def test_a_file_above_the_limit_is_not_examined(
        self, station: Client, baseline: PhotoSet, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.PHOTO_MAX_BYTES = 2_000
        monkeypatch.setattr(services, "examine", lambda path: pytest.fail("examined"))
        response = send(station, baseline, "frontal", file=upload(taken()))
        assert response.status_code == 422
        assert "a photograph may have at most 2.0" in source(response)

    def test_the_same_file_for_two_views(self, station: Client, baseline: PhotoSet) -> None:
        data = taken()
        send(station, baseline, "frontal", file=upload(data))
        response = send(station, baseline, "vertex", file=upload(data))
        assert response.status_code == 422
        assert "This very file is in the set already." in source(response)

    def test_a_decoder_that_cannot_be_had_asks_to_try_again_and_blames_no_file(
        self, station: Client, baseline: PhotoSet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(path: Path) -> None:
            raise DecoderUnavailable("the decoder did not start")

        monkeypatch.setattr(services, "examine", gone)
        response = send(station, baseline, "frontal", file=upload(taken()))
        assert "try again in a minute" in source(response)
        assert 'aria-invalid="true"' not in response.content.decode()

    @pytest.mark.parametrize("name", ["x" * 230 + ".jpg", "<script>alert(1)</script>.jpg", "a b\u202egpj.jpg", ".jpg"])
    def test_a_files_odd_name_is_no_obstacle(self, station: Client, baseline: PhotoSet, name: str) -> None:
        assert send(station, baseline, "vertex", file=upload(taken(), name)).status_code == 302
        assert "<script>alert" not in station.get(reverse("photo_set", args=[baseline.pk])).content.decode()

    def test_a_retake_needs_its_reason_even_where_the_page_was_older(
        self, station: Client, baseline: PhotoSet, add: Add
    ) -> None:
        add("vertex", taken(1))
        response = send(station, baseline, "vertex", file=upload(taken(2)))
        assert response.status_code == 422
        assert "Say why it is taken again" in source(response)
        assert send(station, baseline, "vertex", file=upload(taken(2)), retake_reason="Blurred.").status_code == 302
        assert "1 earlier photograph is kept" in source(station.get(reverse("photo_set", args=[baseline.pk])))

    def test_the_pages_ids_are_each_there_once(self, station: Client, baseline: PhotoSet, add: Add) -> None:
        import re

        add("vertex", taken())
        page = station.get(reverse("photo_set", args=[baseline.pk])).content.decode()
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert "id_frontal_file" in ids

    def test_warnings_stand_at_the_photograph(self, station: Client, baseline: PhotoSet, shared_data: Path) -> None:
        send(station, baseline, "vertex", file=upload((shared_data / REAL["from 2099"]).read_bytes()))
        text = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert "The camera's date lies in the future. Set the camera's clock." in text

    def test_a_sign_in_that_ended_meanwhile_says_that_the_file_is_chosen_again(
        self, client: Client, baseline: PhotoSet
    ) -> None:
        response = send(client, baseline, "vertex", file=upload(taken()), retake_reason="Hair was wet.")
        assert response.status_code == 401
        text = source(response)
        assert "Sign in again and choose it once more" in text
        assert ("retake_reason", "Hair was wet.") in carried_by(response).fields
        assert not Photo.objects.exists()

    def test_the_cameras_time_is_shown_as_the_camera_wrote_it_and_its_maker_once(
        self, station: Client, baseline: PhotoSet, shared_data: Path
    ) -> None:
        send(station, baseline, "vertex", file=upload((shared_data / REAL["Canon 40D"]).read_bytes()))
        text = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert "30 May 2008, 15:56" in text
        assert "Canon EOS 40D" in text
        assert "Canon Canon" not in text


class TestClosing:
    def url(self, row: PhotoSet) -> str:
        return reverse("photo_set_complete", args=[row.pk])

    def test_an_incomplete_set_names_what_is_missing(self, station: Client, baseline: PhotoSet, add: Add) -> None:
        add("vertex", taken())
        response = station.post(self.url(baseline))
        assert response.status_code == 422
        assert "Frontal, chin level" in source(response)
        baseline.refresh_from_db()
        assert baseline.completed_at is None

    def test_a_complete_one_is_locked(self, station: Client, baseline: PhotoSet, add: Add) -> None:
        for shade, view in enumerate(("frontal", "vertex")):
            add(view, taken(shade))
        page = station.get(reverse("photo_set", args=[baseline.pk]))
        assert "The set is complete" in source(page)
        assert station.post(self.url(baseline)).status_code == 302
        page = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert 'type="file"' not in page
        assert "Complete" in page
        response = send(station, baseline, "macro", file=upload(taken(5)))
        assert response.status_code == 422
        assert "Open a new set" in source(response)
        assert station.post(self.url(baseline)).status_code == 302


class TestWhatIsHandedOut:
    @pytest.fixture
    def photo(self, add: Add) -> Photo:
        """A photograph with a position in its original."""
        return add("vertex", taken())

    def url(self, photo: Photo, kind: str) -> str:
        return reverse("photo_file", args=[photo.pk, kind])

    @pytest.mark.parametrize("kind", ["original", "screen", "thumbnail"])
    def test_a_file_is_a_picture_or_a_download_and_nothing_else(self, station: Client, photo: Photo, kind: str) -> None:
        response = station.get(self.url(photo, kind))
        b"".join(response.streaming_content)
        assert response.status_code == 200
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]

    def test_the_original_is_a_download_of_the_very_bytes(self, station: Client, photo: Photo) -> None:
        response = station.get(self.url(photo, "original"))
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"] == f'attachment; filename="photo-{photo.pk}.jpeg"'
        assert b"".join(response.streaming_content) == Path(photo.original.path).read_bytes()

    @pytest.mark.parametrize("kind", ["screen", "thumbnail"])
    def test_the_pictures_to_look_at_know_no_place(self, station: Client, photo: Photo, kind: str) -> None:
        response = station.get(self.url(photo, kind))
        data = b"".join(response.streaming_content)
        assert response["Content-Type"] == "image/jpeg"
        assert b"Exif" not in data
        assert b"SECRET-PLACE" not in data

    @pytest.mark.parametrize(("kind", "action"), [("original", Action.DOWNLOAD), ("screen", Action.READ)])
    def test_looking_is_recorded(
        self, station: Client, technician: Actor, photo: Photo, kind: str, action: Action
    ) -> None:
        b"".join(station.get(self.url(photo, kind)).streaming_content)
        event = TrailEvent.objects.get(object_type="patients.Photo", action=action)
        assert (event.actor, event.patient_id) == (technician.user, photo.photo_set.patient_id)

    def test_an_original_that_was_changed_is_not_handed_out(self, station: Client, photo: Photo) -> None:
        Path(photo.original.path).write_bytes(b"something else")
        response = station.get(self.url(photo, "original"), follow=True)
        assert "isn't the photograph that was uploaded" in source(response)
        assert not TrailEvent.objects.filter(action=Action.DOWNLOAD).exists()

    def test_an_original_that_is_gone_is_said_so(self, station: Client, photo: Photo) -> None:
        Path(photo.original.path).unlink()
        assert "isn't handed out" in source(station.get(self.url(photo, "original"), follow=True))

    @pytest.mark.parametrize("kind", ["original", "screen", "thumbnail"])
    def test_another_sites_photograph_is_not_found(
        self, client: Client, photo: Photo, other_site: Site, kind: str
    ) -> None:
        client.force_login(make_actor(other_site, Role.PHYSICIAN).user)
        assert client.get(self.url(photo, kind)).status_code == 404

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PREPARER])
    @pytest.mark.parametrize("kind", ["original", "screen", "thumbnail"])
    def test_who_may_not_look_at_photographs_gets_none(
        self, client: Client, site: Site, photo: Photo, role: Role, kind: str
    ) -> None:
        client.force_login(make_actor(site, role).user)
        assert client.get(self.url(photo, kind)).status_code == 403

    @pytest.mark.parametrize("kind", ["raw", "../original", "ORIGINAL"])
    def test_other_kinds_are_not_found(self, station: Client, photo: Photo, kind: str) -> None:
        assert station.get(f"/patients/photos/file/{photo.pk}/{kind}/").status_code == 404

    def test_nobody_without_a_sign_in(self, client: Client, photo: Photo) -> None:
        assert client.get(self.url(photo, "original")).status_code == 302


class TestWhoMay:
    def test_another_sites_set_is_not_found(self, client: Client, baseline: PhotoSet, other_site: Site) -> None:
        client.force_login(make_actor(other_site, Role.PHOTO_TECHNICIAN).user)
        assert client.get(reverse("photo_set", args=[baseline.pk])).status_code == 404
        assert client.post(reverse("photo_set_complete", args=[baseline.pk])).status_code == 404
        assert send(client, baseline, "vertex", file=upload(taken())).status_code == 404

    def test_a_view_of_another_set_is_not_found(self, station: Client, baseline: PhotoSet, other_site: Site) -> None:
        from tests.protocols.builders import approved, draft_photo_protocol

        foreign = approved(draft_photo_protocol(other_site)).views.get(code="vertex")
        url = reverse("photo_add", args=[baseline.pk, foreign.pk])
        assert station.post(url, {"file": upload(taken())}).status_code == 404

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
    def test_who_only_reads_sees_the_set_and_changes_nothing(
        self, client: Client, site: Site, baseline: PhotoSet, role: Role
    ) -> None:
        client.force_login(make_actor(site, role).user)
        page = client.get(reverse("photo_set", args=[baseline.pk]))
        assert page.status_code == 200
        assert "<form" not in page.content.decode().split("<main", 1)[1]
        assert send(client, baseline, "vertex", file=upload(taken())).status_code == 403
        assert client.post(reverse("photo_set_complete", args=[baseline.pk])).status_code == 403

    def test_the_page_costs_the_same_however_many_photographs(
        self, station: Client, baseline: PhotoSet, add: Add, technician: Actor, django_assert_num_queries: Any
    ) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        url = reverse("photo_set", args=[baseline.pk])
        add("vertex", taken(0))
        station.get(url)
        with CaptureQueriesContext(connection) as few:
            station.get(url)
        for shade in range(1, 4):
            add("vertex", taken(shade), retake_reason="Hair was wet.")
        add("frontal", taken(9))
        with django_assert_num_queries(len(few)):
            station.get(url)
        complete_set(by=technician, photo_set=baseline, at=clock.now())


def test_the_page_names_the_limit_that_the_server_holds(station: Client, baseline: PhotoSet) -> None:
    page = station.get(reverse("photo_set", args=[baseline.pk])).content.decode()
    assert f'data-upload-max="{settings.PHOTO_MAX_BYTES}"' in page


def test_earlier_photographs_of_a_view_are_folded_and_each_is_named_by_its_number_and_time(
    station: Client, baseline: PhotoSet, add: Add
) -> None:
    photos = [add("vertex", taken(shade), retake_reason=f"Reason {shade}") for shade in range(6)]
    page = station.get(reverse("photo_set", args=[baseline.pk])).content.decode()
    fold = page.partition('<details class="photo-earlier">')[2].partition("</details>")[0]
    assert "5 earlier photographs are kept" in fold
    named = re.findall(r'<a href="([^"]+)">([^<]+)</a>', fold)
    times = [clock.local(photo.uploaded_at, baseline.site) for photo in photos]
    assert named == [
        (reverse("photo_file", args=[photos[at].pk, "screen"]), f"Photograph {at + 1}, {second_text(times[at])}")
        for at in (4, 3, 2, 1, 0)
    ]
    assert all(f"taken again: Reason {at + 1}" in fold for at in range(5))
    assert page.count(reverse("photo_file", args=[photos[5].pk, "screen"])) == 1
