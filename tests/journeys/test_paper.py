"""From the printed blank to the consent in force: the way of paper, in the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect

from clinic import clock
from clinic.accounts.models import Site
from patients.consents.queries import consent_in_force
from patients.paper.models import PaperForm
from tests.patients.builders import registered_patient, with_intake
from tests.patients.paper.scans import photographed
from tests.protocols.builders import approved_everything

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_consent_signed_by_pen_comes_back_and_counts(
    clinic_page: Page, live_server: Any, site: Site, accessible: Callable[[Page], None], complaints: list[str]
) -> None:
    page = clinic_page
    approved_everything(site)
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient)
    page.goto(live_server.url + reverse("consent_new", args=[patient.pk]))
    page.get_by_role("link", name="Print it for the pen instead").click()
    expect(page.get_by_role("heading", name="Print a form for the pen")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Print the consent").click()
    expect(page.get_by_text("The PDF is being made")).to_be_visible()
    accessible(page)
    form = PaperForm.objects.get()

    page.get_by_role("link", name="File a scan").click()
    accessible(page)
    sheet: FilePayload = {"name": "IMG 7.jpg", "mimeType": "image/jpeg", "buffer": photographed(form.code, turned=4)}
    page.get_by_label("Scan").set_input_files(sheet)
    page.get_by_role("button", name="Read the scan").click()
    expect(page.get_by_role("heading", name="IMG 7.jpg")).to_be_visible()
    expect(page.get_by_text(patient.record_number)).to_be_visible()
    accessible(page)
    page.get_by_label("At", exact=True).fill(clock.local(clock.now(), site).strftime("%H:%M"))
    page.get_by_role("button", name="File it", exact=True).click()
    expect(page.get_by_text("The scan is filed.")).to_be_visible()
    accessible(page)

    page.get_by_role("link", name="Enter the consent").click()
    # `all()` takes what is there: before the page has changed, that is nothing.
    expect(page.get_by_text("Enter what stands on the paper")).to_be_visible()
    for statement in page.get_by_role("checkbox").all()[:-1]:
        statement.check()
    page.get_by_role("radio", name="The patient").check()
    page.get_by_label("Name of the person who signs").fill(patient.full_name)
    accessible(page)
    page.get_by_role("button", name="Record what was signed on paper").click()
    expect(page.get_by_role("link", name="The whole paper")).to_be_visible()
    accessible(page)
    assert consent_in_force(patient) is not None

    page.goto(live_server.url + reverse("paper_day"))
    expect(page.get_by_text("Entered", exact=True)).to_be_visible()
    accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    accessible(page)
