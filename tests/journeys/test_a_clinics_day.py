"""A clinic's day on the real stack, and the day half a year later: web, worker, beat, Postgres and Redis of `bin/run`,
a browser for each person, real camera files, and the sealed checklist read back from its PDF.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from playwright.sync_api import Browser, expect

from tests.conftest import SHARED_DATA
from tests.journeys.day import auditing, first_day, treating
from tests.journeys.day.world import Stack, Staff
from tests.patients.photos.files import picture, saved

pytestmark = [pytest.mark.journey, pytest.mark.slow]

#: Of seven kinds of camera, each of a size that can be compared.
CAMERA_FILES = (
    "drewnoakes+metadata-extractor-images/Apple iPhone 4.jpg",
    "drewnoakes+metadata-extractor-images/FujiFilm FinePix4900Zoom.jpg",
    "drewnoakes+metadata-extractor-images/Samsung SM-J327T1.jpg",
    "bigcat88+pillow_heif/empty_icc.heic",
    "ianare+exif-samples/22-canon_tags.jpg",
    "recurser+exif-orientation-examples/Portrait_6.jpg",
    "drewnoakes+metadata-extractor-images/Panasonic DMC-LC40.jpg",
)
MAKE_STAFF = "from clinic import clock; from demo.staff import make_staff; make_staff(clock.now())"
LATER_SESSIONS = Path(__file__).parent / "day" / "later_sessions.py"
#: Beat looks at the clock every few seconds, and the worker is woken at once.
TASK_SECONDS = 120


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A clinic of this test's own, with staff and without anything else."""
    with Stack(tmp_path_factory.mktemp("day")) as running:
        running.manage("shell", program=MAKE_STAFF)
        yield running


@pytest.fixture
def staff(stack: Stack, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Staff]:
    """The people at work; afterwards nothing was left in their browsers' consoles."""
    people = Staff(browser, stack.address, {**browser_context_args, "accept_downloads": True})
    yield people
    people.go_home()
    assert people.complaints == []


@pytest.fixture
def camera_files(tmp_path: Path) -> list[Path]:
    """Files as cameras wrote them; where they are absent, drawn ones."""
    if SHARED_DATA.is_dir():
        return [SHARED_DATA / "images" / name for name in CAMERA_FILES]
    return drawn_files(tmp_path / "first", width=1600)


def drawn_files(folder: Path, *, width: int) -> list[Path]:
    """As many drawn files, no two of the same bytes: what is on record already is no other photograph."""
    folder.mkdir()
    drawn = [folder / f"drawn-{number}.jpg" for number in range(len(CAMERA_FILES))]
    for number, path in enumerate(drawn):
        path.write_bytes(saved(picture(width + number, 1200)))
    return drawn


def test_a_clinics_day(stack: Stack, staff: Staff, camera_files: list[Path], tmp_path: Path) -> None:
    zone = ZoneInfo("Europe/Berlin")
    today = datetime.now(zone).date()
    next_year = (today + timedelta(days=360)).isoformat()
    first_day.decide_protocols(staff)
    first_day.receive_stock(staff, next_year)

    patient = first_day.register(staff)
    first_day.take_intake(staff)
    checklist = first_day.answer_checklist(
        staff, patient, told="A prescriber must clear this before the session.", consented=False
    )
    first_day.clear(staff, next_year)
    first_day.confirm_clearance(staff, checklist)
    first_day.sign_checklist(staff, checklist)
    text = first_day.document_text(staff, "operator", "Document and PDF", tmp_path)
    assert first_day.PATIENT in text
    assert first_day.MEDICINE in text
    assert "Olga Demo" in text
    assert "Cleared by Dr Petra Demo" in text
    assert first_day.CONDITIONS in text

    first_day.take_consent(staff, patient)
    first_day.take_photos(staff, patient, "Baseline", camera_files)
    plan = first_day.make_plan(staff, patient)
    code = first_day.prepare(staff)
    label = first_day.document_text(staff, "preparer", "Labels", tmp_path)
    # Its letters stand apart.
    assert code in label.replace(" ", "")
    assert "USE BEFORE" in label
    treating.treat(staff, treating.start(staff, plan), code)

    half_a_year_later(stack, staff, patient, plan, drawn_files(tmp_path / "later", width=1700))
    auditing.sign_week(staff, today)
    assert "The trail is whole" in stack.manage("verify_trail")


def half_a_year_later(stack: Stack, staff: Staff, patient: str, plan: str, files: list[Path]) -> None:
    """Month 6: the task opens the audit, it stops maintenance, it is graded and signed, and maintenance goes on."""
    now = datetime.now(UTC)
    stack.move_clock(now + relativedelta(months=6) + timedelta(days=1) - now)
    stack.manage("shell", program=LATER_SESSIONS.read_text(encoding="utf-8"))
    page = staff("physician")

    def audit_is_open() -> bool:
        staff.go("physician", "/audit/photos/")
        return page.get_by_role("link", name=first_day.PATIENT).count() == 1

    stack.wait_for(audit_is_open, within_s=TASK_SECONDS, why="the task opens the month-6 audit")

    checklist = first_day.answer_checklist(staff, patient, told="A clearance is on file", consented=True)
    first_day.confirm_clearance(staff, checklist)
    first_day.sign_checklist(staff, checklist)
    stopped = treating.start(staff, plan)
    expect(stopped.get_by_role("region", name="Stop: before the needle")).to_contain_text("month-6 photo audit")

    first_day.take_photos(staff, patient, "Month 6", files)
    auditing.grade_and_sign(staff)
    code = first_day.prepare(staff)
    treating.treat(staff, treating.go_on(staff, plan), code)
