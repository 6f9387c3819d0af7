"""What is kept and said of a photograph in a set: real files, what the camera wrote, and what is odd about it."""

import hashlib
import io
import json
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from clinic import clock
from clinic.accounts.actors import Actor
from patients.photos import services
from patients.photos.models import Photo
from patients.photos.services import add_photo
from patients.registry.models import Patient
from tests.patients.photos import files
from tests.patients.photos.sets import REAL, Add, opened, taken, view_of


class TestRealFiles:
    def data(self, shared_data: Path, name: str) -> bytes:
        return (shared_data / REAL[name]).read_bytes()

    @pytest.mark.parametrize("name", list(REAL))
    def test_the_bytes_are_kept_as_they_came_and_the_pictures_hold_no_metadata(
        self, add: Add, shared_data: Path, name: str
    ) -> None:
        data = self.data(shared_data, name)
        photo = add("vertex", data)
        assert Path(photo.original.path).read_bytes() == data
        assert photo.sha256 == hashlib.sha256(data).hexdigest()
        for derived in photo.derivatives.all():
            picture = Path(derived.file.path).read_bytes()
            assert derived.sha256 == hashlib.sha256(picture).hexdigest()
            with Image.open(io.BytesIO(picture)) as shown:
                assert not shown.getexif()
                assert not set(shown.info) & {"exif", "xmp", "icc_profile", "comment", "photoshop"}
                assert max(shown.size) <= services.SIZES[derived.kind]

    def test_what_the_camera_wrote_is_kept(self, add: Add, shared_data: Path) -> None:
        photo = add("vertex", self.data(shared_data, "Canon 40D"))
        photo.refresh_from_db()
        assert (photo.make, photo.camera_model) == ("Canon", "Canon EOS 40D")
        assert photo.captured_local == datetime(2008, 5, 30, 15, 56, 1, tzinfo=UTC)
        assert photo.captured_offset == ""
        assert photo.camera["captured_local"] == "2008-05-30T15:56:01"
        assert photo.camera["iso"] == 100
        assert photo.quality["version"].startswith("q1/")

    def test_a_turned_photograph_stands_upright(self, add: Add, shared_data: Path) -> None:
        data = self.data(shared_data, "turned")
        with Image.open(io.BytesIO(data)) as lying:
            assert lying.getexif()[0x0112] == 6
            width, height = lying.size
        photo = add("vertex", data)
        assert (photo.width, photo.height) == (height, width)
        assert all(derived.height > derived.width for derived in photo.derivatives.all())

    @pytest.mark.parametrize("name", ["HEIC with a place", "JPEG with a place"])
    def test_that_there_was_a_place_is_said_and_the_place_stays_in_the_original(
        self, add: Add, shared_data: Path, name: str
    ) -> None:
        photo = add("vertex", self.data(shared_data, name))
        assert photo.has_gps
        assert "latitude" not in json.dumps([photo.camera, photo.warnings]).lower()

    def test_a_camera_whose_clock_is_ahead_is_said_so_plainly(self, add: Add, shared_data: Path) -> None:
        photo = add("vertex", self.data(shared_data, "from 2099"))
        assert "The camera's date lies in the future. Set the camera's clock." in photo.warnings

    def test_a_photograph_of_another_day_is_asked_about(self, add: Add, shared_data: Path) -> None:
        [warning] = [text for text in add("vertex", self.data(shared_data, "Canon 40D")).warnings if "set's is" in text]
        assert "30 May 2008" in warning


class TestTheCamerasClock:
    """A camera that writes no zone shows the site's time; the site is in Berlin, UTC+1 in winter."""

    AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def ahead(self, add: Add, taken_at: str, offset: str = "") -> bool:
        exif = files.camera_exif(taken=taken_at)
        details = exif.get_ifd(0x8769)
        del details[0x9011]
        if offset:
            details[0x9011] = offset
        photo = add("vertex", files.saved(files.picture(960, 720), exif=exif), at=self.AT)
        return any("lies in the future" in text for text in photo.warnings)

    @pytest.mark.parametrize(
        ("taken_at", "offset", "ahead"),
        [
            ("2026:11:22 10:00:00", "", False),
            ("2026:11:22 10:59:00", "", False),
            ("2026:11:22 11:01:00", "", True),
            ("2026:11:22 11:01:00", "+02:00", False),
            ("2026:11:22 12:01:00", "+02:00", True),
            ("2026:11:23 10:00:00", "", True),
            ("2025:11:22 10:00:00", "", False),
        ],
    )
    def test_an_hour_is_forgiven_for_summer_time(
        self, technician: Actor, patient: Patient, tmp_path: Path, taken_at: str, offset: str, ahead: bool
    ) -> None:
        with clock.moved_to(self.AT):
            today = opened(technician, patient, taken_on=date(2026, 11, 22), at=self.AT)

            def add(view: str, data: bytes, **changed: Any) -> Photo:
                path = tmp_path / "upload"
                path.write_bytes(data)
                return add_photo(
                    by=technician, photo_set=today, view=view_of(today, view), path=path, original_name="a.jpg",
                    submission_key=uuid.uuid4(), **changed,
                )  # fmt: skip

            assert self.ahead(add, taken_at, offset) is ahead

    def test_a_photograph_of_the_day_itself_is_not_asked_about(self, add: Add) -> None:
        assert not [text for text in add("vertex", taken()).warnings if "future" in text or "set's is" in text]
