"""The paper path as services: printed, back, filed, entered; and what is refused on the way."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.making import make_rendering
from clinic.documents.models import Rendering
from clinic.documents.queries import why_ended
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.consents.queries import consent_in_force
from patients.paper.filing import file_scan, set_aside, take_back
from patients.paper.models import PaperFiling, PaperKind, PaperPage, PaperScan
from patients.paper.queries import unfiled_scans
from patients.paper.services import begin_entry
from patients.paper.standing import Standing
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient
from tests.patients.paper.forms import Blank, entered, stands
from tests.patients.paper.scans import kept, photographed, returned
from tests.protocols.builders import Approved, approved, draft_consent, next_version


class TestPrinting:
    """A blank is made for one patient and one day."""

    def test_its_code_is_the_code_of_the_sealed_blank(self, blank: Blank, patient: Patient) -> None:
        form = blank()
        assert form.code == form.document.code
        content = json.loads(form.document.content)
        assert content["patient"]["record_number"] == patient.record_number
        assert [each["question"] for each in content["questions"]] == [
            item.question
            for item in form.checklist_version.items.order_by("ordinal")  # type: ignore[union-attr]
        ]
        assert "signatures" not in content

    def test_the_same_blank_isnt_made_twice_while_it_is_out(
        self, blank: Blank, operator: Actor, tmp_path: Path
    ) -> None:
        first = blank()
        assert blank() == first
        returned(operator, first, tmp_path)
        assert blank() != first

    def test_another_formulation_is_another_form(self, blank: Blank, decided: Approved) -> None:
        assert blank() != blank(formulation_version=decided.formulations[1])

    def test_the_trail_says_who_printed_what(self, blank: Blank, desk: Actor) -> None:
        form = blank()
        event = TrailEvent.objects.get(action="print", object_type="patients.PaperForm", object_id=str(form.pk))
        assert event.actor_id == desk.user.pk
        assert event.patient_id == form.patient_id

    def test_nothing_is_printed_for_whoever_may_not_be_treated(self, blank: Blank, site: Site) -> None:
        child = registered_patient(site, "Demo", "Kind", birth_date=clock.today(site) - timedelta(days=365 * 10))
        with pytest.raises(Refused, match="18"):
            blank(PaperKind.CONSENT, patient=child)

    def test_what_isnt_in_force_isnt_printed(self, blank: Blank, site: Site) -> None:
        with pytest.raises(Refused, match="scripts in force"):
            blank(PaperKind.CONSENT, script_version=draft_consent(site))
        with pytest.raises(Refused, match="formulations in force"):
            blank(formulation_version=None)

    def test_it_takes_the_right(self, blank: Blank, site: Site) -> None:
        with pytest.raises(NotAllowed):
            blank(by=make_actor(site, Role.PREPARER))


class TestReplaced:
    """What was printed isn't in force any more."""

    def test_a_checklist_for_a_formulation_that_was_replaced_says_what_to_do(
        self, blank: Blank, operator: Actor, tmp_path: Path
    ) -> None:
        form = blank()
        returned(operator, form, tmp_path)
        assert form.formulation_version is not None
        approved(next_version(form.formulation_version))
        with pytest.raises(Refused, match="isn't in force any more, so this form can't be entered"):
            begin_entry(by=operator, form=form, submission_key=uuid.uuid4(), at=clock.now())


class TestFiling:
    """A scan finds its form by its code."""

    def test_the_scan_goes_to_the_form_that_it_shows(self, blank: Blank, desk: Actor, tmp_path: Path) -> None:
        form = blank()
        scan = kept(desk, photographed(form.code), tmp_path, name="IMG 7.jpg")
        assert (scan.read_code, scan.original_name) == (form.code, "IMG 7.jpg")
        assert list(unfiled_scans(form.site)) == [scan]
        filing = file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now())
        assert (filing.form, filing.by_hand) == (form, False)
        assert list(unfiled_scans(form.site)) == []
        assert stands(form) is Standing.RETURNED

    def test_it_never_goes_to_another_patients_form(
        self, blank: Blank, desk: Actor, site: Site, tmp_path: Path
    ) -> None:
        form, other = blank(), blank(patient=registered_patient(site, "Demo", "Other"))
        scan = kept(desk, photographed(form.code), tmp_path)
        with pytest.raises(Refused, match="QR on this scan"):
            file_scan(by=desk, scan=scan, code=other.code, signed_at=clock.now(), at=clock.now())

    def test_a_code_that_cant_be_read_is_typed(self, blank: Blank, desk: Actor, tmp_path: Path) -> None:
        form = blank()
        scan = kept(desk, photographed(), tmp_path)
        typed = f" {form.code[:4].lower()}-{form.code[4:]} "
        filing = file_scan(by=desk, scan=scan, code=typed, signed_at=clock.now(), at=clock.now())
        assert (filing.form, filing.by_hand) == (form, True)

    @pytest.mark.parametrize("code", ["", "4F7K", "00000000", "not a code"])
    def test_an_unknown_code_is_refused_at_its_field(
        self, desk: Actor, blank: Blank, tmp_path: Path, code: str
    ) -> None:
        scan = kept(desk, photographed(), tmp_path)
        with pytest.raises(Refused, match="eight characters") as refused:
            file_scan(by=desk, scan=scan, code=code, signed_at=clock.now(), at=clock.now())
        assert refused.value.field == "code"

    def test_another_sites_form_is_unknown(self, blank: Blank, other_site: Site, tmp_path: Path) -> None:
        form, stranger = blank(), make_actor(other_site, Role.OPERATOR)
        scan = kept(stranger, photographed(form.code), tmp_path)
        with pytest.raises(Refused, match="of this site"):
            file_scan(by=stranger, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now())

    @pytest.mark.parametrize(("hours", "told"), [(-1, "was printed on"), (1, "in the future")])
    def test_it_was_signed_between_printing_and_now(
        self, blank: Blank, desk: Actor, tmp_path: Path, hours: int, told: str
    ) -> None:
        form = blank()
        scan = kept(desk, photographed(form.code), tmp_path)
        with pytest.raises(Refused, match=told):
            file_scan(
                by=desk, scan=scan, code=form.code, signed_at=clock.now() + timedelta(hours=hours), at=clock.now()
            )

    def test_filing_twice_changes_nothing_and_elsewhere_is_refused(
        self, blank: Blank, desk: Actor, decided: Approved, tmp_path: Path
    ) -> None:
        form, other = blank(), blank(formulation_version=decided.formulations[1])
        scan = kept(desk, photographed(), tmp_path)
        first = file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now())
        assert file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now()) == first
        with pytest.raises(Refused, match="filed already"):
            file_scan(by=desk, scan=scan, code=other.code, signed_at=clock.now(), at=clock.now())

    def test_a_wrong_filing_is_taken_back_and_the_scan_filed_where_it_belongs(
        self, blank: Blank, desk: Actor, decided: Approved, tmp_path: Path
    ) -> None:
        wrong, right = blank(), blank(formulation_version=decided.formulations[1])
        scan = kept(desk, photographed(), tmp_path)
        filing = file_scan(by=desk, scan=scan, code=wrong.code, signed_at=clock.now(), at=clock.now())
        with pytest.raises(Refused) as refused:
            take_back(by=desk, filing=filing, reason=" ", at=clock.now())
        assert refused.value.field == "reason"
        end = take_back(by=desk, filing=filing, reason="Another sheet.", at=clock.now())
        assert take_back(by=desk, filing=filing, reason="Again.", at=clock.now()) == end
        assert stands(wrong) is Standing.OUT
        assert list(unfiled_scans(wrong.site)) == [scan]
        again = file_scan(by=desk, scan=scan, code=right.code, signed_at=clock.now(), at=clock.now())
        assert (again.form, again.round) == (right, 2)
        assert stands(right) is Standing.RETURNED
        event = TrailEvent.objects.get(action="end", object_type="patients.PaperFiling", object_id=str(filing.pk))
        assert (event.patient_id, event.reason) == (wrong.patient_id, "Another sheet.")

    def test_what_was_entered_from_it_is_amended_instead(self, blank: Blank, operator: Actor, tmp_path: Path) -> None:
        form = blank(PaperKind.CONSENT)
        filing = returned(operator, form, tmp_path)
        entered(form, operator)
        with pytest.raises(Refused, match="Amend that record"):
            take_back(by=operator, filing=filing, reason="Another sheet.", at=clock.now())

    def test_nobody_takes_back_at_another_site(
        self, blank: Blank, operator: Actor, other_site: Site, tmp_path: Path
    ) -> None:
        filing = returned(operator, blank(), tmp_path)
        with pytest.raises(PaperFiling.DoesNotExist):
            take_back(by=make_actor(other_site, Role.OPERATOR), filing=filing, reason="Another.", at=clock.now())

    def test_the_database_refuses_a_second_filing_beside_one_that_stands(
        self, blank: Blank, operator: Actor, tmp_path: Path
    ) -> None:
        filing = returned(operator, blank(), tmp_path)
        with pytest.raises(IntegrityError, match="is filed already"), transaction.atomic():
            PaperFiling.add(
                scan=filing.scan, round=2, form=filing.form, by_hand=False, signed_at=filing.signed_at,
                filed_at=filing.filed_at, filed_by=operator.user,
            )  # fmt: skip

    def test_the_printed_file_itself_is_no_paper_that_came_back(
        self, blank: Blank, desk: Actor, tmp_path: Path
    ) -> None:
        form = blank()
        make_rendering(document=form.document, at=clock.now())
        rendering = Rendering.objects.get(document=form.document)
        with rendering.file.open("rb") as file, pytest.raises(Refused, match="without anything by pen"):
            kept(desk, file.read(), tmp_path)

    def test_the_same_file_is_the_same_scan(self, desk: Actor, site: Site, tmp_path: Path) -> None:
        sheet = photographed("4F7K2M9Q")
        assert kept(desk, sheet, tmp_path) == kept(desk, sheet, tmp_path)
        assert PaperScan.objects.filter(site=site).count() == 1

    def test_a_scan_of_something_else_is_set_aside_and_kept(
        self, desk: Actor, blank: Blank, site: Site, tmp_path: Path
    ) -> None:
        form, scan = blank(), kept(desk, photographed(), tmp_path)
        with pytest.raises(Refused):
            set_aside(by=desk, scan=scan, reason="", at=clock.now())
        set_aside(by=desk, scan=scan, reason="A letter from the insurer", at=clock.now())
        assert list(unfiled_scans(site)) == []
        assert scan.file.storage.exists(str(scan.file))
        with pytest.raises(Refused, match="set aside"):
            file_scan(by=desk, scan=scan, code=form.code, signed_at=clock.now(), at=clock.now())

    def test_nothing_is_left_of_a_file_that_is_no_scan(self, desk: Actor, site: Site, tmp_path: Path) -> None:
        with pytest.raises(Refused):
            kept(desk, b"%PDF-1.7 broken", tmp_path)
        assert not PaperScan.objects.exists()
        assert not PaperPage.objects.exists()


class TestConsentOnPaper:
    """A consent signed by pen counts once it is entered, from the moment of the pen."""

    def test_it_counts_from_when_it_was_signed(
        self, blank: Blank, desk: Actor, operator: Actor, patient: Patient, tmp_path: Path
    ) -> None:
        now = clock.now()
        with clock.moved_to(now - timedelta(hours=2)):
            form = blank(PaperKind.CONSENT)
        scan = kept(desk, photographed(form.code), tmp_path)
        filing = file_scan(by=desk, scan=scan, code=form.code, signed_at=now - timedelta(hours=1), at=now)
        assert consent_in_force(patient) is None
        consent = entered(form, operator)
        assert consent_in_force(patient) == consent
        assert consent.signed_at == filing.signed_at
        assert stands(form) is Standing.ENTERED
        event = TrailEvent.objects.get(object_type="patients.Consent", action="create")
        assert event.occurred_at == filing.signed_at
        assert event.recorded_at > event.occurred_at

    def test_its_document_shows_the_paper(self, blank: Blank, operator: Actor, tmp_path: Path) -> None:
        form = blank(PaperKind.CONSENT)
        filing = returned(operator, form, tmp_path)
        consent = entered(form, operator)
        signed = json.loads(consent.signature.content)
        assert signed["paper"]["code"] == form.code
        assert consent.signature.signed_at == filing.signed_at
        assert form.code in consent.signature.reason
        assert operator.name in consent.signature.reason
        assert signed["paper"]["scans"] == [filing.scan.sha256]
        page = filing.scan.pages.get()
        assert consent.drawing_sha256 == page.sha256

    def test_entering_twice_is_one_consent(self, blank: Blank, operator: Actor, tmp_path: Path) -> None:
        form = blank(PaperKind.CONSENT)
        returned(operator, form, tmp_path)
        assert entered(form, operator) == entered(form, operator)

    def test_a_statement_left_open_on_paper_isnt_a_consent(
        self, blank: Blank, operator: Actor, patient: Patient, tmp_path: Path
    ) -> None:
        form = blank(PaperKind.CONSENT)
        returned(operator, form, tmp_path)
        with pytest.raises(Refused, match="Not confirmed yet"):
            entered(form, operator, statements=[])
        assert consent_in_force(patient) is None

    def test_the_script_of_the_paper_has_to_be_in_force(
        self, blank: Blank, operator: Actor, site: Site, tmp_path: Path
    ) -> None:
        form = blank(PaperKind.CONSENT)
        returned(operator, form, tmp_path)
        approved(draft_consent(site, risk_relevant=True))
        with pytest.raises(StaleWrite):
            entered(form, operator)
        assert "replaced" in why_ended(form.document)

    def test_paper_that_isnt_back_is_no_consent(self, blank: Blank, operator: Actor, patient: Patient) -> None:
        with pytest.raises(Refused, match="come back"):
            entered(blank(PaperKind.CONSENT), operator)


class TestChecklistOnPaper:
    """The answers on paper open no session; entered on their own day they are a checklist like any other."""

    def test_it_begins_with_every_question_unanswered(self, blank: Blank, operator: Actor, tmp_path: Path) -> None:
        form = blank()
        returned(operator, form, tmp_path)
        checklist = begin_entry(by=operator, form=form, submission_key=uuid.uuid4(), at=clock.now())
        assert checklist.answers.count() == 0
        assert checklist.formulation_version == form.formulation_version
        assert begin_entry(by=operator, form=form, submission_key=uuid.uuid4(), at=clock.now()) == checklist
        assert stands(form) is Standing.RETURNED  # until it is signed

    def test_a_paper_of_yesterday_opens_nothing_today(self, blank: Blank, operator: Actor, tmp_path: Path) -> None:
        now = clock.now()
        with clock.moved_to(now - timedelta(days=1)):
            form = blank()
            returned(operator, form, tmp_path)
        with pytest.raises(Refused, match="its own day"):
            begin_entry(by=operator, form=form, submission_key=uuid.uuid4(), at=now)

    def test_it_has_to_be_back(self, blank: Blank, operator: Actor) -> None:
        with pytest.raises(Refused, match="come back"):
            begin_entry(by=operator, form=blank(), submission_key=uuid.uuid4(), at=clock.now())

    def test_the_desk_files_and_enters_nothing(self, blank: Blank, desk: Actor, tmp_path: Path) -> None:
        form = blank()
        returned(desk, form, tmp_path)
        with pytest.raises(NotAllowed):
            begin_entry(by=desk, form=form, submission_key=uuid.uuid4(), at=clock.now())
