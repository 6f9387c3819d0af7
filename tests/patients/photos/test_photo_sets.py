"""Photo sets: opened, filled view by view with real files, called complete, and never changed afterwards."""

import re
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.signing.against_trail import record_faults
from clinic.trail.models import Action, TrailEvent
from patients.photos import services
from patients.photos.ingest import DecoderUnavailable
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.queries import baseline_set, current_photos
from patients.photos.services import complete_set
from patients.registry.models import Patient
from patients.registry.services import update_patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient
from tests.patients.photos import files
from tests.patients.photos.sets import Add, opened, stored, taken
from tests.protocols.builders import approved, draft_photo_protocol
from tests.tampering import change


class TestOpening:
    def test_a_set_is_of_the_protocol_in_force(self, baseline: PhotoSet, technician: Actor, patient: Patient) -> None:
        assert baseline.protocol_version.views.count() == 3
        event = TrailEvent.objects.get(action=Action.CREATE, object_type="patients.PhotoSet")
        assert (event.actor, event.patient) == (technician.user, patient)

    def test_one_that_is_open_is_gone_on_with(self, baseline: PhotoSet, technician: Actor, patient: Patient) -> None:
        assert opened(technician, patient) == baseline
        assert opened(technician, patient, Purpose.FOLLOW_UP) != baseline

    def test_a_later_protocol_does_not_change_a_set_that_is_open(
        self, baseline: PhotoSet, technician: Actor, patient: Patient, site: Site
    ) -> None:
        approved(draft_photo_protocol(site, title="Other photographs"))
        assert opened(technician, patient).protocol_version == baseline.protocol_version

    def test_the_day_is_not_in_the_future(self, technician: Actor, patient: Patient) -> None:
        with pytest.raises(Refused, match="future"):
            opened(technician, patient, taken_on=clock.today(technician.site) + timedelta(days=1))

    def test_without_a_protocol_in_force_there_is_no_set(self, technician: Actor, site: Site) -> None:
        with pytest.raises(Refused, match="no photo protocol"):
            opened(technician, registered_patient(site))

    def test_nobody_takes_photographs_of_the_dead(self, technician: Actor, patient: Patient, site: Site) -> None:
        desk = make_actor(site, Role.FRONT_DESK)
        update_patient(
            by=desk, patient=patient, row_version=1, family_name=patient.family_name, at=clock.now(),
            given_name=patient.given_name, birth_date=patient.birth_date, sex=patient.sex, phone="", email="",
            address="", notes="", deceased=True,
        )  # fmt: skip
        with pytest.raises(Refused, match="deceased"):
            opened(technician, patient)

    @pytest.mark.parametrize("years", [11, 17])
    def test_nobody_takes_photographs_of_who_is_too_young_to_be_treated(
        self, technician: Actor, site: Site, patient: Patient, client: Client, years: int
    ) -> None:
        today = clock.today(site)
        child = registered_patient(site, birth_date=today.replace(year=today.year - years, day=1))
        with pytest.raises(Refused, match="years"):
            opened(technician, child)
        assert not PhotoSet.objects.exists()
        client.force_login(technician.user)
        for page in ("patient", "patient_history"):
            offered = reverse("photo_set_new", args=[child.pk])
            assert offered not in client.get(reverse(page, args=[child.pk])).content.decode()
            offered = reverse("photo_set_new", args=[patient.pk])
            assert offered in client.get(reverse(page, args=[patient.pk])).content.decode()

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, Role.FRONT_DESK])
    def test_not_everybody_opens_sets(self, patient: Patient, site: Site, role: Role) -> None:
        with pytest.raises(NotAllowed):
            opened(make_actor(site, role), patient)

    def test_another_sites_patient_is_not_found(self, technician: Actor, patient: Patient, other_site: Site) -> None:
        with pytest.raises(Patient.DoesNotExist):
            opened(technician, registered_patient(other_site))


class TestWhatIsRefused:
    def test_the_same_file_twice(self, add: Add) -> None:
        data = taken()
        add("vertex", data)
        for view in ("vertex", "frontal"):
            with pytest.raises(Refused, match="in the set already"):
                add(view, data, retake_reason="Out of focus.")
        assert Photo.objects.count() == 1
        assert len(stored()) == 3

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty"),
            (b"%PDF-1.7\n%", "not a photo"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a photo"),
            (b"MZ" + b"\0" * 400, "not a photo"),
        ],
    )
    def test_what_is_no_photograph_says_why_at_the_file(self, add: Add, data: bytes, said: str) -> None:
        with pytest.raises(Refused, match=said) as refused:
            add("vertex", data)
        assert refused.value.field == "file"
        assert stored() == set()

    def test_a_file_that_is_cut_off_says_so(self, add: Add) -> None:
        with pytest.raises(Refused, match=r"cut off|damaged"):
            add("vertex", taken()[:4000])

    def test_a_decoder_that_cannot_be_had_blames_no_file(self, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone(path: Path) -> None:
            raise DecoderUnavailable("the decoder did not start")

        monkeypatch.setattr(services, "examine", gone)
        with pytest.raises(Refused, match="try again in a minute") as refused:
            add("vertex", taken())
        assert refused.value.field == ""
        assert stored() == set()

    def test_a_retake_says_why_and_both_are_kept(self, add: Add, baseline: PhotoSet) -> None:
        first = add("vertex", taken(1))
        with pytest.raises(Refused, match="Say why") as refused:
            add("vertex", taken(2), retake_reason=" ")
        assert refused.value.field == "retake_reason"
        second = add("vertex", taken(2), retake_reason="Hair was wet.")
        assert (second.retake_of, second.retake_reason) == (first, "Hair was wet.")
        assert current_photos(baseline)["vertex"] == second
        assert baseline.photos.count() == 2
        assert TrailEvent.objects.filter(object_type="patients.Photo", reason="Hair was wet.").count() == 1

    def test_a_third_takes_the_place_of_the_second(self, add: Add, baseline: PhotoSet) -> None:
        photos = [add("vertex", taken(shade), retake_reason="Hair was wet.") for shade in range(3)]
        assert photos[2].retake_of == photos[1]
        assert current_photos(baseline)["vertex"] == photos[2]

    def test_a_reason_without_an_earlier_photograph_is_not_kept(self, add: Add) -> None:
        assert add("vertex", taken(), retake_reason="Hair was wet.").retake_reason == ""

    def test_a_view_of_another_protocol(self, add: Add, other_site: Site) -> None:
        foreign = approved(draft_photo_protocol(other_site))
        with pytest.raises(Refused, match="no such view"):
            add("", taken(), view_row=foreign.views.get(code="vertex"))

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
    def test_not_everybody_uploads(self, add: Add, site: Site, role: Role) -> None:
        with pytest.raises(NotAllowed):
            add("vertex", taken(), by=make_actor(site, role))

    def test_another_sites_set_is_not_found(self, add: Add, other_site: Site) -> None:
        with pytest.raises(PhotoSet.DoesNotExist):
            add("vertex", taken(), by=make_actor(other_site, Role.PHOTO_TECHNICIAN))

    def test_when_it_fails_at_the_end_no_file_is_left(self, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**kwargs: Any) -> None:
            raise RuntimeError("the record failed")

        monkeypatch.setattr(services, "record", broken)
        with pytest.raises(RuntimeError):
            add("vertex", taken())
        assert stored() == set()
        assert not Photo.objects.exists()


#: One pixel less than can be compared, lying and standing.
TOO_SMALL = [(800, 599), (599, 800)]


class TestTooSmallToCompare:
    @pytest.mark.parametrize("size", TOO_SMALL)
    def test_it_is_kept_and_does_not_count_for_its_view(
        self, add: Add, technician: Actor, baseline: PhotoSet, size: tuple[int, int]
    ) -> None:
        add("frontal", taken(1))
        small = add("vertex", taken(2, size))
        assert len(stored()) == 6
        assert set(current_photos(baseline)) == {"frontal"}
        assert "too small to compare: the shorter side needs 600 px" in small.uncounted_why
        with pytest.raises(Refused) as refused:
            complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert refused.value.reasons == ["Vertex: too small to compare, take it again"]
        assert baseline_set(baseline.patient) is None

    @pytest.mark.parametrize("size", [(600, 600), (800, 600), (600, 800)])
    def test_the_smallest_size_that_can_be_compared_counts(
        self, add: Add, technician: Actor, baseline: PhotoSet, size: tuple[int, int]
    ) -> None:
        add("frontal", taken(1))
        assert add("vertex", taken(2, size)).uncounted_why == ""
        done = complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert baseline_set(baseline.patient) == done

    def test_taken_again_at_full_size_it_counts(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        add("frontal", taken(1))
        small = add("vertex", taken(2, (320, 240)))
        again = add("vertex", taken(3), retake_reason="Too small to compare")
        assert again.retake_of == small
        assert current_photos(baseline)["vertex"] == again
        assert complete_set(by=technician, photo_set=baseline, at=clock.now()).photos.count() == 3

    def test_one_that_was_retaken_for_a_reason_does_not_come_back_for_it(self, add: Add, baseline: PhotoSet) -> None:
        add("vertex", taken(1))
        add("vertex", taken(2, (320, 240)), retake_reason="Hair was wet.")
        assert "vertex" not in current_photos(baseline)

    def test_an_optional_view_may_stay_too_small(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        for shade, view in enumerate(("frontal", "vertex")):
            add(view, taken(shade))
        add("macro", taken(7, (320, 240)))
        done = complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert baseline_set(baseline.patient) == done
        assert "macro" not in current_photos(done)

    @pytest.mark.parametrize(("grey", "colour"), [(0, "black"), (5, "black"), (251, "white"), (255, "white")])
    def test_one_on_which_nothing_can_be_seen_does_not_count(
        self, add: Add, technician: Actor, baseline: PhotoSet, grey: int, colour: str
    ) -> None:
        add("frontal", taken(1))
        blank = add("vertex", files.jpeg(Image.new("RGB", (960, 720), (grey, grey, grey))))
        assert f"all but {colour}" in blank.uncounted_why
        assert set(current_photos(baseline)) == {"frontal"}
        with pytest.raises(Refused) as refused:
            complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert refused.value.reasons == ["Vertex: nothing can be seen on it, take it again"]
        assert not PhotoSet.objects.with_gaps().filter(gaps=False).exists()

    @pytest.mark.parametrize("grey", [6, 250])
    def test_what_can_barely_be_seen_counts(self, add: Add, technician: Actor, baseline: PhotoSet, grey: int) -> None:
        add("frontal", taken(1))
        assert add("vertex", files.jpeg(Image.new("RGB", (960, 720), (grey, grey, grey)))).uncounted == ""
        done = complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert baseline_set(baseline.patient) == done

    def test_one_that_was_never_measured_counts(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        add("frontal", taken(1))
        add("vertex", taken(2))
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE patients_photo SET quality = '{}'")
            cursor.execute("SET session_replication_role = DEFAULT")
        assert set(current_photos(baseline)) == {"frontal", "vertex"}
        assert not PhotoSet.objects.with_gaps().get().gaps

    def test_a_set_called_complete_before_that_is_no_baseline(
        self, add: Add, technician: Actor, baseline: PhotoSet
    ) -> None:
        add("frontal", taken(1))
        add("vertex", taken(2, (320, 240)))
        baseline.completed_at, baseline.completed_by = clock.now(), technician.user
        baseline.save()
        assert baseline_set(baseline.patient) is None


class TestNames:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("IMG_0001.jpg", "IMG_0001.jpg"),
            ("..\\..\\C:\\evil\\photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("a\x00b\x07\u202egpj.exe", "abgpj.exe"),
            ("\x00", "photo"),
            ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
        ],
    )
    def test_the_files_name_is_kept_as_text_only(self, add: Add, sent: str, kept: str) -> None:
        photo = add("vertex", taken(), original_name=sent)
        assert photo.original_name == kept
        assert re.fullmatch(r"photos/[0-9a-f]{32}\.jpeg", photo.original.name)


class TestComplete:
    def test_the_views_that_are_missing_are_named(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        add("vertex", taken())
        with pytest.raises(Refused) as refused:
            complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert refused.value.reasons == ["Frontal, chin level"]
        assert baseline_set(baseline.patient) is None

    def full(self, add: Add, by: Actor, photo_set: PhotoSet) -> PhotoSet:
        for shade, view in enumerate(("frontal", "vertex")):
            add(view, taken(shade))
        return complete_set(by=by, photo_set=photo_set, at=clock.now())

    def test_an_optional_view_may_be_missing(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        done = self.full(add, technician, baseline)
        assert baseline_set(done.patient) == done
        event = TrailEvent.objects.get(action=Action.CHANGE, object_type="patients.PhotoSet")
        assert all(photo.sha256 in event.body for photo in done.photos.all())

    def test_a_second_time_changes_nothing(self, add: Add, technician: Actor, baseline: PhotoSet, site: Site) -> None:
        done = self.full(add, technician, baseline)
        again = complete_set(by=make_actor(site, Role.OPERATOR), photo_set=baseline, at=clock.now())
        assert (again.completed_at, again.completed_by_id) == (done.completed_at, technician.user.pk)
        assert TrailEvent.objects.filter(action=Action.CHANGE, object_type="patients.PhotoSet").count() == 1

    def test_nothing_is_added_or_taken_again(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        self.full(add, technician, baseline)
        kept = stored()
        for view in ("macro", "vertex"):
            with pytest.raises(Refused, match="complete"):
                add(view, taken(9), retake_reason="Hair was wet.")
        assert stored() == kept

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE patients_photoset SET taken_on = '2020-01-01'",
            "UPDATE patients_photoset SET completed_at = NULL, completed_by_id = NULL",
            "DELETE FROM patients_photo",
            "UPDATE patients_photo SET sha256 = repeat('0', 64)",
            "DELETE FROM patients_derivative",
            "UPDATE patients_photo SET retake_reason = 'x'",
        ],
    )
    def test_postgres_refuses_to_change_it(
        self, add: Add, technician: Actor, baseline: PhotoSet, statement: str
    ) -> None:
        self.full(add, technician, baseline)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE patients_photo SET make = 'Other' WHERE photo_set_id = %s",
         "UPDATE patients_photoset SET taken_on = taken_on - 1 WHERE id = %s",
         "UPDATE patients_photoset SET completed_at = NULL, completed_by_id = NULL WHERE id = %s"],
    )  # fmt: skip
    def test_what_the_databases_owner_exchanges_is_named_and_its_page_says_so(
        self, client: Client, add: Add, technician: Actor, baseline: PhotoSet, statement: str
    ) -> None:
        self.full(add, technician, baseline)
        client.force_login(technician.user)
        page = reverse("photo_set", args=[baseline.pk])
        assert list(record_faults()) == []
        assert "verify: tell the manager" not in client.get(page).content.decode()
        change(statement, baseline.pk)
        said = list(record_faults())
        assert any("was changed in the database" in each for each in said)
        after = client.get(page).content.decode()
        assert "verify: tell the manager" in after
        assert "Complete</span>" not in after

    def test_a_new_baseline_can_be_opened_then(
        self, add: Add, technician: Actor, baseline: PhotoSet, patient: Patient
    ) -> None:
        self.full(add, technician, baseline)
        assert opened(technician, patient) != baseline


@pytest.mark.django_db(transaction=True)
def test_one_upload_that_arrives_twice_at_once_is_one_photograph(add: Add) -> None:
    key, data, found = uuid.uuid4(), taken(), []

    def run() -> None:
        try:
            found.append(add("vertex", data, submission_key=key).pk)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _click in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Photo.objects.get().pk] * 2
    assert len(stored()) == 3
