"""A patient's page, the consent and the photo station, as they are used: by pen, by keyboard, on a bad line."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.consents.models import Consent
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.services import open_set
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.journeys.conftest import SIZES
from tests.patients.builders import registered_patient, with_intake
from tests.patients.photos import files
from tests.protocols.builders import approved, draft_consent, draft_photo_protocol

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Check = Callable[[Page], None]


@pytest.fixture
def patient(site: Site) -> Patient:
    """A patient with an intake at a site whose consent script and photo protocol are in force."""
    approved(draft_consent(site))
    approved(draft_photo_protocol(site))
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient)
    return patient


@pytest.fixture
def baseline(patient: Patient) -> PhotoSet:
    """The patient's baseline set, open and empty."""
    by, at = make_actor(patient.site, Role.PHOTO_TECHNICIAN), clock.now()
    return open_set(
        by=by, patient=patient, purpose=Purpose.BASELINE, taken_on=clock.today(patient.site), at=at,
        submission_key="7f0c3c8e-3f0f-4b8e-9d6b-0d5b8a4e2f11",  # type: ignore[arg-type]
    )  # fmt: skip


def address(live_server: Any, name: str, *args: object) -> str:
    """Return the whole address of a page."""
    return str(live_server.url + reverse(name, args=args))


def sign(page: Page) -> None:
    """Draw a signature into the pad."""
    pad = page.locator("#signature_image-pad")
    pad.evaluate("(one) => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = pad.bounding_box()
    assert box
    x, y = box["x"], box["y"]
    page.mouse.move(x + 60, y + 120)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(x + 60 + step * 20, y + 120 - (step % 3) * 30)
    page.mouse.up()


def tick_everything(page: Page) -> None:
    """Tick each statement, the photographs for the record, and that the patient signs."""
    for box in page.get_by_role("checkbox").all()[:-1]:
        box.check()
    page.get_by_role("radio", name="The patient").check()


class TestConsent:
    @pytest.fixture
    def form(self, clinic_page: Page, live_server: Any, patient: Patient) -> Page:
        """The consent form, opened."""
        clinic_page.goto(address(live_server, "consent_new", patient.pk))
        return clinic_page

    def test_is_read_ticked_and_signed_by_hand(self, form: Page, patient: Patient, complaints: list[str]) -> None:
        tick_everything(form)
        sign(form)
        expect(form.locator("[data-signature-state]")).to_have_text("Signed by hand")
        form.get_by_role("button", name="Record the consent").click()
        expect(form.get_by_text("Consent given")).to_be_visible()
        assert Consent.objects.get().patient == patient
        assert complaints == []

    def test_a_blank_pad_is_not_sent_and_says_so_at_the_pad(self, form: Page) -> None:
        tick_everything(form)
        form.get_by_role("button", name="Record the consent").click()
        expect(form.locator("[data-signature-error]")).to_have_text(
            "The signature is missing. Sign in the field with a finger, a pen or the mouse."
        )
        expect(form.locator("#signature_image-pad")).to_be_focused()
        assert not Consent.objects.exists()

    def test_a_refused_form_leads_to_what_is_missing_and_the_signature_still_stands(
        self, form: Page, accessible: Check
    ) -> None:
        tick_everything(form)
        form.get_by_role("checkbox").first.uncheck()
        sign(form)
        form.get_by_role("button", name="Record the consent").click()
        expect(form.get_by_role("alert").filter(has_text="Please put this right")).to_be_focused()
        expect(form.locator("[data-signature-state]")).to_contain_text("The signature from before stands here.")
        accessible(form)
        form.get_by_role("checkbox").first.check()
        form.get_by_role("button", name="Record the consent").click()
        expect(form.get_by_text("Consent given")).to_be_visible()

    def test_a_signature_that_came_back_can_be_cleared_and_is_then_asked_for(self, form: Page) -> None:
        tick_everything(form)
        form.get_by_role("checkbox").first.uncheck()
        sign(form)
        form.get_by_role("button", name="Record the consent").click()
        expect(form.locator("[data-signature-state]")).to_contain_text("The signature from before stands here.")
        form.get_by_role("button", name="Clear").click()
        expect(form.locator("[data-signature-state]")).to_have_text("Empty")
        form.get_by_role("checkbox").first.check()
        form.get_by_role("button", name="Record the consent").click()
        expect(form.locator("[data-signature-error]")).to_contain_text("The signature is missing.")
        assert not Consent.objects.exists()

    @pytest.mark.parametrize("size", list(SIZES))
    def test_is_accessible(self, form: Page, accessible: Check, size: str, complaints: list[str]) -> None:
        form.set_viewport_size(SIZES[size])
        accessible(form)
        assert complaints == []

    def test_everything_is_reached_by_the_keyboard(self, form: Page) -> None:
        expected = form.evaluate(
            "() => [...document.querySelectorAll('main :is(a[href], button, input:not([type=hidden]), canvas)')]"
            ".filter((one) => one.checkVisibility()).length"
        )
        form.locator("#content").focus()
        reached = set()
        for _press in range(expected):
            form.keyboard.press("Tab")
            reached.add(form.evaluate("document.activeElement.outerHTML"))
        assert len(reached) == expected
        form.locator("#signature_image-pad").focus()
        assert form.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


class TestPhotoSet:
    @pytest.fixture
    def station(self, clinic_page: Page, live_server: Any, baseline: PhotoSet) -> Page:
        """The set's page, opened."""
        clinic_page.goto(address(live_server, "photo_set", baseline.pk))
        return clinic_page

    def choose(self, page: Page, view: str, data: bytes, name: str = "IMG_0001.jpg") -> Any:
        """Choose a file for a view and return the view's form."""
        form = page.locator(f"#photo-{view}")
        form.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": data})
        return form

    def test_a_photograph_is_uploaded(self, station: Page, complaints: list[str]) -> None:
        form = self.choose(station, "vertex", files.jpeg())
        form.get_by_role("button", name="Upload").click()
        expect(station.locator("#view-vertex img.photo-picture")).to_be_visible()
        assert Photo.objects.get().view.code == "vertex"
        assert complaints == []

    def test_a_connection_lost_on_the_way_keeps_the_file_and_the_next_press_sends_it_once(
        self, station: Page, complaints: list[str]
    ) -> None:
        form = self.choose(station, "vertex", files.jpeg())
        station.route("**/views/**", lambda route: route.abort("connectionreset"))
        form.get_by_role("button", name="Upload").click()
        expect(form.get_by_role("alert").filter(has_text="No connection. Nothing was sent.")).to_be_focused()
        assert form.locator("input[type=file]").evaluate("(input) => input.files[0].name") == "IMG_0001.jpg"
        station.unroute("**/views/**")
        form.get_by_role("button", name="Upload").click()
        expect(station.locator("#view-vertex img.photo-picture")).to_be_visible()
        assert Photo.objects.count() == 1
        complaints.clear()

    def test_an_answer_lost_on_the_way_back_makes_no_second_photograph(
        self, station: Page, complaints: list[str]
    ) -> None:
        form = self.choose(station, "vertex", files.jpeg())

        def lose(route: Any) -> None:
            route.fetch(max_redirects=0)
            route.abort("connectionreset")

        station.route("**/views/**", lose)
        form.get_by_role("button", name="Upload").click()
        expect(form.get_by_role("alert").filter(has_text="No connection.")).to_be_visible()
        assert Photo.objects.count() == 1
        station.unroute("**/views/**")
        form.get_by_role("button", name="Upload").click()
        expect(station.locator("#view-vertex img.photo-picture")).to_be_visible()
        assert Photo.objects.count() == 1
        complaints.clear()

    def test_a_wrong_file_is_said_at_the_view_without_losing_the_other_views_choice(
        self, station: Page, accessible: Check, complaints: list[str]
    ) -> None:
        form = self.choose(station, "vertex", b"%PDF-1.7 no photograph", "letter.jpg")
        form.get_by_role("button", name="Upload").click()
        expect(station.get_by_role("alert").filter(has_text="Please put this right")).to_be_focused()
        expect(station.locator("#id_vertex_file_error")).to_contain_text("not a photo in a format we take")
        accessible(station)
        form = self.choose(station, "vertex", files.jpeg())
        form.get_by_role("button", name="Upload").click()
        expect(station.locator("#view-vertex img.photo-picture")).to_be_visible()
        complaints.clear()

    def test_one_too_large_is_refused_again_when_it_is_sent_all_the_same(
        self, station: Page, settings: Any, complaints: list[str]
    ) -> None:
        settings.PHOTO_MAX_BYTES = 1024
        station.reload()
        sent: list[str] = []
        station.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        form = self.choose(station, "vertex", b"x" * 2000)
        error, told = station.locator("#id_vertex_file_error"), "This file is larger than 1 kB. Choose a smaller one."
        expect(error).to_have_text(told)
        for _press in range(2):
            form.get_by_role("button", name="Upload").click()
            expect(form.locator("input[type=file]")).to_be_focused()
            expect(error).to_have_text(told)
        assert sent == []
        # Taken back, there is nothing to say of it any more; the clinic says what is missing.
        form.get_by_role("button", name="Take another").click()
        expect(error).to_be_empty()
        form.get_by_role("button", name="Upload").click()
        expect(error).to_have_text("Choose a file.")
        complaints.clear()

    def test_several_that_are_chosen_go_out_by_one_press(self, station: Page, complaints: list[str]) -> None:
        views = ("frontal", "vertex", "macro")
        for number, view in enumerate(views):
            form = self.choose(station, view, files.jpeg(files.picture(640 + number, 480)))
        expect(station.get_by_role("button", name="Upload all chosen")).to_have_count(3)
        form.get_by_role("button", name="Upload all chosen").click()
        for view in views:
            expect(station.locator(f"#view-{view} img.photo-picture")).to_be_visible()
        assert sorted(Photo.objects.values_list("view__code", flat=True)) == sorted(views)
        expect(station.get_by_text("Something else on this page isn't saved yet.")).to_have_count(0)
        assert complaints == []

    def test_one_that_is_refused_stops_those_behind_it_which_keep_their_files(
        self, station: Page, complaints: list[str]
    ) -> None:
        self.choose(station, "frontal", files.jpeg())
        self.choose(station, "vertex", b"%PDF-1.7 no photograph", "letter.jpg")
        form = self.choose(station, "macro", files.jpeg(files.picture(800, 600)))
        station.locator("#photo-frontal").get_by_role("button", name="Upload all chosen").click()
        expect(station.locator("#id_vertex_file_error")).to_contain_text("not a photo in a format we take")
        expect(station.locator("#view-frontal img.photo-picture")).to_be_visible()
        assert form.locator("input[type=file]").evaluate("(input) => input.files[0].name") == "IMG_0001.jpg"
        assert [photo.view.code for photo in Photo.objects.all()] == ["frontal"]
        form.get_by_role("button", name="Upload").click()
        expect(station.locator("#view-macro img.photo-picture")).to_be_visible()
        complaints.clear()

    def test_a_missing_reason_keeps_the_file(self, station: Page, complaints: list[str]) -> None:
        large = files.jpeg(files.picture(960, 720))
        self.choose(station, "vertex", large).get_by_role("button", name="Upload").click()
        station.get_by_text("Take this view again").click()
        form = self.choose(station, "vertex", files.jpeg(exif=files.camera_exif(place=False)), "IMG_0002.jpg")
        form.get_by_role("button", name="Upload").click()
        expect(form.get_by_text("Say why it is taken again").last).to_be_visible()
        assert form.locator("input[type=file]").evaluate("(input) => input.files[0].name") == "IMG_0002.jpg"
        form.get_by_label("Why is it taken again?").fill("Hair was wet.")
        form.get_by_role("button", name="Upload").click()
        expect(station.get_by_text("1 earlier photograph is kept")).to_be_visible()
        complaints.clear()

    def test_one_that_is_too_small_stands_open_to_be_taken_again(self, station: Page, complaints: list[str]) -> None:
        self.choose(station, "vertex", files.jpeg()).get_by_role("button", name="Upload").click()
        expect(station.get_by_text("64 × 48 px is too small to compare")).to_be_visible()
        form = self.choose(station, "vertex", files.jpeg(files.picture(960, 720)), "IMG_0002.jpg")
        expect(form.get_by_label("Why is it taken again?")).to_have_value("Too small to compare")
        form.get_by_role("button", name="Upload").click()
        expect(station.get_by_text("1 earlier photograph is kept")).to_be_visible()
        expect(station.get_by_text("is too small to compare")).to_have_count(0)
        assert complaints == []

    @pytest.mark.parametrize("size", list(SIZES))
    def test_is_accessible(self, station: Page, accessible: Check, size: str, complaints: list[str]) -> None:
        self.choose(station, "vertex", files.jpeg()).get_by_role("button", name="Upload").click()
        expect(station.locator("#view-vertex img.photo-picture")).to_be_visible()
        station.set_viewport_size(SIZES[size])
        accessible(station)
        assert complaints == []


class TestPatientPage:
    @pytest.mark.parametrize("size", list(SIZES))
    def test_is_accessible_and_leads_to_the_history(
        self, clinic_page: Page, live_server: Any, baseline: PhotoSet, accessible: Check, size: str,
        complaints: list[str],
    ) -> None:  # fmt: skip
        clinic_page.set_viewport_size(SIZES[size])
        clinic_page.goto(address(live_server, "patient", baseline.patient_id))
        expect(clinic_page.get_by_role("term").filter(has_text="Baseline photographs")).to_be_visible()
        accessible(clinic_page)
        tabs = clinic_page.get_by_role("navigation", name="Pages about the patient")
        tabs.get_by_role("link", name="History").click()
        expect(clinic_page.get_by_role("heading", name="Photographs")).to_be_visible()
        accessible(clinic_page)
        assert complaints == []
