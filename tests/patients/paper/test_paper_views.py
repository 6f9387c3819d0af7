"""The pages of the paper path: a form is printed, its day's list, a scan is filed, and entered."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.canonical import sha256
from clinic.worklist.registry import work_for
from patients.consents.queries import consent_in_force
from patients.paper.filing import file_scan, take_back
from patients.paper.models import PaperFiling, PaperForm, PaperKind, PaperScan
from patients.paper.services import end_form
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient
from tests.patients.paper.forms import of_pages
from tests.patients.paper.scans import kept, photographed, returned
from tests.protocols.builders import Approved

Blank = Callable[..., PaperForm]


@pytest.fixture
def at_desk(client: Client, sign_in: Any, site: Site) -> Client:
    """A browser at the front desk."""
    sign_in(site, Role.FRONT_DESK)
    return client


@pytest.fixture
def operating(client: Client, sign_in: Any, site: Site) -> Client:
    """A browser in the treatment room."""
    sign_in(site, Role.OPERATOR)
    return client


def text_of(response: Any) -> str:
    """Return what the page says."""
    return str(response.content.decode())


class TestPrinting:
    """The desk prints a form from the patient's page."""

    def test_a_form_is_made_and_its_page_opened(self, at_desk: Client, patient: Patient, decided: Approved) -> None:
        url = reverse("paper_new", args=[patient.pk])
        shown = text_of(at_desk.get(url))
        assert str(decided.formulations[0]) in shown
        sent = at_desk.post(
            url, {"kind": "checklist", "formulation": decided.formulations[0].pk, "submission_key": str(uuid.uuid4())}
        )
        form = PaperForm.objects.get()
        assert sent.url == reverse("paper_form", args=[form.code])  # type: ignore[attr-defined]
        page = text_of(at_desk.get(sent.url))  # type: ignore[attr-defined]
        assert "Printed" in page
        assert "The PDF is being made" in page

    def test_a_double_click_prints_one(self, at_desk: Client, patient: Patient, decided: Approved) -> None:
        values = {"kind": "consent", "script": decided.consent.pk, "submission_key": str(uuid.uuid4())}
        for _click in range(2):
            at_desk.post(reverse("paper_new", args=[patient.pk]), values)
        assert PaperForm.objects.count() == 1

    def test_nothing_chosen_is_said_and_nothing_made(
        self, at_desk: Client, patient: Patient, decided: Approved
    ) -> None:
        for values in ({"kind": "checklist"}, {"kind": "letter"}, {}):
            assert at_desk.post(reverse("paper_new", args=[patient.pk]), values).status_code == 422
        assert not PaperForm.objects.exists()

    def test_a_site_that_decided_nothing_says_so(self, at_desk: Client, site: Site) -> None:
        shown = text_of(at_desk.get(reverse("paper_new", args=[registered_patient(site).pk])))
        assert "No formulation is in force" in shown
        assert "No consent script is in force" in shown


class TestDay:
    """The day's list: printed, returned, missing."""

    def test_it_counts_what_is_printed_returned_and_missing(
        self, at_desk: Client, desk: Actor, blank: Blank, site: Site, tmp_path: Path
    ) -> None:
        now = clock.now()
        with clock.moved_to(now - timedelta(days=1)):
            forms = [blank(patient=registered_patient(site)) for _number in range(4)]
            returned(desk, forms[0], tmp_path)
            end_form(by=desk, form=forms[1], reason="Spoiled", at=clock.now())
        yesterday = forms[0].printed_on.isoformat()
        page = at_desk.get(reverse("paper_day"), {"on": yesterday})
        assert page.context["tally"] == (4, 1, 1, 2)
        assert [row.standing for row in page.context["rows"]] == ["returned", "not_used", "missing", "missing"]
        today = at_desk.get(reverse("paper_day"))
        assert today.context["tally"] == (0, 0, 0, 0)
        assert [row.form for row in today.context["missing"]] == forms[2:]
        assert "Nothing was printed for this day" in text_of(today)

    def test_it_costs_the_same_for_one_form_and_for_many(
        self, at_desk: Client, blank: Blank, site: Site, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        counts = []
        for more in (1, 5):
            for _number in range(more):
                blank(patient=registered_patient(site))
            with django_assert_max_num_queries(12) as asked:
                at_desk.get(reverse("paper_day"))
            counts.append(len(asked))
        assert counts[0] == counts[1]

    @pytest.mark.parametrize("on", ["tomorrow", "2026-13-01", "9999-12-31", "1900-01-01"])
    def test_a_day_that_has_no_list_is_none(self, at_desk: Client, on: str) -> None:
        assert at_desk.get(reverse("paper_day"), {"on": on}).status_code == 404


class TestScanning:
    """What comes back is uploaded, looked at, and filed."""

    def upload(self, client: Client, content: bytes, name: str = "IMG 7.jpg") -> Any:
        """Send a file."""
        return client.post(
            reverse("paper_scan_new"),
            {"file": SimpleUploadedFile(name, content), "submission_key": str(uuid.uuid4())},
        )

    def test_from_photograph_to_patient(self, at_desk: Client, blank: Blank, patient: Patient) -> None:
        form = blank()
        sent = self.upload(at_desk, photographed(form.code))
        scan = PaperScan.objects.get()
        assert sent.url == reverse("paper_scan", args=[scan.pk])
        page = text_of(at_desk.get(sent.url))
        assert patient.full_name in page
        assert "Code printed under the QR" not in page
        now = clock.local(clock.now(), form.site)
        filed = at_desk.post(
            reverse("paper_scan_filing", args=[scan.pk]), {"day": now.date().isoformat(), "time": now.strftime("%H:%M")}
        )
        assert filed.url == reverse("paper_form", args=[form.code])  # type: ignore[attr-defined]
        assert PaperFiling.objects.get().form == form

    def test_without_a_code_it_is_kept_and_asked_for(self, at_desk: Client, blank: Blank) -> None:
        form = blank()
        sent = self.upload(at_desk, photographed())
        page = text_of(at_desk.get(sent.url))
        assert "No code could be read" in page
        url = reverse("paper_scan_filing", args=[PaperScan.objects.get().pk])
        now = clock.local(clock.now(), form.site)
        values = {"day": now.date().isoformat(), "time": now.strftime("%H:%M"), "code": "0000 0000"}
        wrong = at_desk.post(url, values)
        assert wrong.status_code == 422
        assert "0000 0000" in text_of(wrong)  # what was typed is still there
        asked = at_desk.post(url, {**values, "code": form.code.lower()})
        assert asked.status_code == 422
        assert form.patient.full_name in text_of(asked)  # to be compared before anything is filed
        assert not PaperFiling.objects.exists()
        assert at_desk.post(url, {**values, "code": form.code.lower(), "compared": form.code}).status_code == 302
        assert PaperFiling.objects.get().by_hand

    def test_a_typed_code_asks_which_page_it_is(self, at_desk: Client, blank: Blank) -> None:
        form = of_pages(blank(), 3)
        self.upload(at_desk, photographed())
        url = reverse("paper_scan_filing", args=[PaperScan.objects.get().pk])
        now = clock.local(clock.now(), form.site)
        values = {"day": now.date().isoformat(), "time": now.strftime("%H:%M"), "code": form.code}
        asked = text_of(at_desk.post(url, values))
        assert "Which page is it?" in asked
        assert "Page 3" in asked
        assert "Not a page of this form" not in asked  # of a single picture that is for setting it aside
        open_still = at_desk.post(url, {**values, "compared": form.code})
        assert open_still.status_code == 422
        assert form.patient.full_name in text_of(open_still)
        assert not PaperFiling.objects.exists()
        at_desk.post(url, {**values, "compared": form.code, "page_1": "2"})
        page = text_of(at_desk.get(reverse("paper_form", args=[form.code])))
        assert "Pages missing: 1, 3" in page

    def test_a_page_that_is_here_already_is_filed_and_says_so(
        self, at_desk: Client, desk: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        form = of_pages(blank(), 2)
        first, again = (kept(desk, photographed(form.code, page=1, seed=seed), tmp_path) for seed in (1, 2))
        file_scan(by=desk, scan=first, code=form.code, signed_at=clock.now(), at=clock.now())
        told = "Page 1 is here already, so it doesn&#x27;t count again."
        assert told in text_of(at_desk.get(reverse("paper_scan", args=[again.pk])))
        now = clock.local(clock.now(), form.site)
        values = {"day": now.date().isoformat(), "time": now.strftime("%H:%M")}
        filed = at_desk.post(reverse("paper_scan_filing", args=[again.pk]), values, follow=True)
        assert told in text_of(filed)
        assert "Page missing: 2" in text_of(filed)
        assert told not in text_of(at_desk.get(reverse("paper_scan", args=[first.pk])))
        assert told in text_of(at_desk.get(reverse("paper_scan", args=[again.pk])))
        assert "Page missing: 2" in text_of(at_desk.get(reverse("paper_day")))

    def test_the_code_of_another_document_is_called_that(self, at_desk: Client, blank: Blank, other_site: Site) -> None:
        sent = self.upload(at_desk, photographed("4F7K2M9Q"))
        assert "no paper form of this site" in text_of(at_desk.get(sent.url))

    @pytest.mark.parametrize("content", [b"", b"Not a form.", b"%PDF-1.4 broken"])
    def test_what_is_no_scan_is_refused_on_the_page(self, at_desk: Client, content: bytes) -> None:
        refused = self.upload(at_desk, content)
        assert refused.status_code == 422
        assert not PaperScan.objects.exists()

    def test_pages_are_pictures_and_the_file_is_a_download(
        self, at_desk: Client, desk: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        sheet = photographed(blank().code)
        scan = kept(desk, sheet, tmp_path)
        page = at_desk.get(reverse("paper_page", args=[scan.pages.get().pk]))
        assert page["Content-Type"] == "image/jpeg"
        assert sha256(b"".join(page.streaming_content)) == scan.pages.get().sha256  # type: ignore[attr-defined]
        assert "sandbox" in page["Content-Security-Policy"]
        Path(default_storage.path(str(scan.pages.get().file))).write_bytes(b"another")
        assert at_desk.get(reverse("paper_page", args=[scan.pages.get().pk])).status_code == 404
        file = at_desk.get(reverse("paper_scan_file", args=[scan.pk]))
        assert b"".join(file.streaming_content) == sheet  # type: ignore[attr-defined]
        assert file["Content-Disposition"].startswith("attachment")

    def test_a_file_that_was_changed_isnt_handed_out(
        self, at_desk: Client, desk: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        scan = kept(desk, photographed(blank().code), tmp_path)
        with scan.file.storage.open(str(scan.file), "ab") as file:
            file.write(b"!")
        answer = at_desk.get(reverse("paper_scan_file", args=[scan.pk]), follow=True)
        assert "handed out" in text_of(answer)

    def test_a_letter_is_set_aside(self, at_desk: Client, desk: Actor, site: Site, tmp_path: Path) -> None:
        scan = kept(desk, photographed(), tmp_path)
        url = reverse("paper_scan_aside", args=[scan.pk])
        assert at_desk.post(url, {"reason": ""}).status_code == 422
        assert at_desk.post(url, {"reason": "A letter"}).status_code == 302
        assert "Set aside" in text_of(at_desk.get(reverse("paper_scan", args=[scan.pk])))


class TestTakingBack:
    """A scan that was filed wrongly."""

    def test_from_the_form_back_to_the_scan_with_the_reason_on_both(
        self, at_desk: Client, operator: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        form = blank()
        filing = returned(operator, form, tmp_path)
        url = reverse("paper_take_back", args=[form.code, filing.pk])
        assert url in text_of(at_desk.get(reverse("paper_form", args=[form.code])))
        assert at_desk.post(url, {"reason": ""}).status_code == 422
        scan = reverse("paper_scan", args=[filing.scan_id])
        assert at_desk.post(url, {"reason": "Signed at 14:20"}).url == scan
        for address in (scan, reverse("paper_form", args=[form.code])):
            assert "Signed at 14:20" in text_of(at_desk.get(address))
        assert "File it" in text_of(at_desk.get(scan))

    def test_another_forms_filing_is_not_found(
        self, at_desk: Client, operator: Actor, blank: Blank, decided: Approved, tmp_path: Path
    ) -> None:
        form, other = blank(), blank(formulation_version=decided.formulations[1])
        filing = returned(operator, form, tmp_path)
        url = reverse("paper_take_back", args=[other.code, filing.pk])
        assert at_desk.post(url, {"reason": "Signed at 14:20"}).status_code == 404


class TestEntering:
    """A returned form becomes a record in the treatment room."""

    def test_a_consent_is_entered_beside_its_paper(
        self, operating: Client, operator: Actor, blank: Blank, patient: Patient, decided: Approved, tmp_path: Path
    ) -> None:
        form = blank(PaperKind.CONSENT)
        filing = returned(operator, form, tmp_path)
        url = reverse("consent_from_paper", args=[form.code])
        page = text_of(operating.get(url))
        assert reverse("paper_page", args=[filing.scan.pages.get().pk]) in page
        assert "signature_image" not in page
        values = {
            "statements": [str(row.pk) for row in decided.consent.statements.all()], "photos_for_record": "on",
            "signed_as": "patient", "signed_name": patient.full_name, "submission_key": str(uuid.uuid4()),
        }  # fmt: skip
        missing = operating.post(url, {**values, "statements": values["statements"][:1]})
        assert missing.status_code == 422
        assert operating.post(url, values).status_code == 302
        consent = consent_in_force(patient)
        assert consent is not None
        shown = text_of(operating.get(reverse("consent", args=[consent.pk])))
        assert form.code in shown
        # Who saw the pen signature, the paper shows; whoever typed it in wasn't asked.
        assert f"{patient.full_name}, by pen on paper; entered by {consent.witnessed_by}" in shown
        assert "Witness" not in shown
        assert operating.get(reverse("consent_drawing", args=[consent.pk]))["Content-Type"] == "image/jpeg"
        assert "Entered" in text_of(operating.get(reverse("paper_form", args=[form.code])))

    def test_a_checklist_is_entered_on_the_screen(
        self, operating: Client, operator: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        form = blank()
        returned(operator, form, tmp_path)
        answer = operating.post(reverse("paper_enter", args=[form.code]), {"submission_key": str(uuid.uuid4())})
        assert answer.url == reverse("checklist", args=[form.entries.get().checklist_id])  # type: ignore[attr-defined]

    def test_the_paper_stands_beside_the_questions_and_only_what_is_filed_to_it(
        self, operating: Client, operator: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        form = blank()
        wrong = returned(operator, form, tmp_path)
        take_back(by=operator, filing=wrong, reason="Another sheet.", at=clock.now())
        right = file_scan(
            by=operator, scan=kept(operator, photographed(seed=7), tmp_path), code=form.code, signed_at=clock.now(),
            at=clock.now(),
        )  # fmt: skip
        answer = operating.post(reverse("paper_enter", args=[form.code]), {"submission_key": str(uuid.uuid4())})
        page = text_of(operating.get(answer.url))  # type: ignore[attr-defined]
        assert reverse("paper_page", args=[right.scan.pages.get().pk]) in page
        assert reverse("paper_page", args=[wrong.scan.pages.get().pk]) not in page

    def test_a_form_that_isnt_back_cant_be_entered(self, operating: Client, blank: Blank) -> None:
        form = blank()
        refused = operating.post(reverse("paper_enter", args=[form.code]), {"submission_key": str(uuid.uuid4())})
        assert refused.status_code == 422
        assert "come back" in text_of(refused)

    def test_todays_work_says_what_waits(self, desk: Actor, site: Site, blank: Blank, tmp_path: Path) -> None:
        now = clock.now()
        with clock.moved_to(now - timedelta(days=1)):
            blank(patient=registered_patient(site))
        returned(desk, blank(PaperKind.CONSENT), tmp_path)
        returned(desk, blank(), tmp_path)
        kept(desk, photographed(), tmp_path)
        titles = [item.title for item in work_for(make_actor(site, Role.OPERATOR), now)]
        for told in ("Paper form missing since", "Consent on paper not entered", "Checklist on paper not", "Scan not"):
            assert any(title.startswith(told) for title in titles), told
        at_desk = {item.title for item in work_for(desk, now)}
        assert "Consent on paper not entered yet" not in at_desk


class TestOthers:
    """Another site, and whoever has no right."""

    def test_another_sites_paper_isnt_there(
        self, client: Client, sign_in: Any, other_site: Site, blank: Blank, desk: Actor, tmp_path: Path
    ) -> None:
        form = blank()
        scan = returned(desk, form, tmp_path).scan
        sign_in(other_site, Role.OPERATOR)
        for url in (
            reverse("paper_form", args=[form.code]),
            reverse("paper_scan", args=[scan.pk]),
            reverse("paper_page", args=[scan.pages.get().pk]),
            reverse("paper_scan_file", args=[scan.pk]),
            reverse("consent_from_paper", args=[form.code]),
        ):
            assert client.get(url).status_code == 404, url

    def test_the_desk_files_paper_and_doesnt_read_what_was_answered(
        self, at_desk: Client, desk: Actor, blank: Blank, tmp_path: Path
    ) -> None:
        form = blank()
        scan = kept(desk, photographed(form.code), tmp_path)
        page = reverse("paper_page", args=[scan.pages.get().pk])
        assert b"".join(at_desk.get(page).streaming_content)  # type: ignore[attr-defined]
        at_desk.post(
            reverse("paper_scan_filing", args=[scan.pk]),
            {"day": clock.today(form.site).isoformat(), "time": clock.local(clock.now(), form.site).strftime("%H:%M")},
        )
        assert at_desk.get(page).status_code == 403
        assert at_desk.get(reverse("paper_scan_file", args=[scan.pk])).status_code == 403
        for url in (reverse("paper_form", args=[form.code]), reverse("paper_scan", args=[scan.pk])):
            assert page not in text_of(at_desk.get(url))

    def test_the_public_check_says_that_only_the_blank_is_sealed(self, client: Client, blank: Blank) -> None:
        page = text_of(client.get(reverse("check_document", args=[blank().code])))
        assert "only what was printed is sealed" in page
