"""The paper path: a blank is printed, comes back as a scan, is filed to its patient, and is entered as a record."""

import uuid
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.canonical import sha256
from clinic.documents.models import Rendering
from clinic.documents.services import seal
from clinic.errors import Refused
from clinic.signing.reserve import with_number
from clinic.stored_files import printable_name
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.consents.queries import surgical_words
from patients.paper.codes import spaced
from patients.paper.documents import blank, kind_of_document
from patients.paper.models import (
    PaperEntry,
    PaperForm,
    PaperFormEnd,
    PaperKind,
    PaperPage,
    PaperScan,
)
from patients.paper.reading import Scan, read_scan
from patients.registry.identity import under_age
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from patients.screening.services import start_checklist
from protocols.checklists.models import ChecklistVersion
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.queries import active
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import consent_lines


@unit_of_work
def print_form(
    *,
    by: Actor,
    patient: Patient,
    kind: PaperKind,
    submission_key: uuid.UUID,
    at: datetime,
    formulation_version: FormulationVersion | None = None,
    script_version: ConsentScriptVersion | None = None,
) -> PaperForm:
    """Make a blank of `kind` for `patient` and today: of the checklist with a formulation, or of a consent script.

    The same blank of today that is still on its way is returned instead of a second one. Raises Refused for a deceased
    patient, for a consent of somebody who can't be treated here, and when what is printed isn't in force.
    """
    by.require(Permission.HANDLE_PAPER)
    if made := already_submitted(PaperForm, submission_key, site=by.site):
        return made
    locked = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    on = clock.local(at, by.site).date()
    if locked.deceased:
        raise Refused(_("This patient is recorded as deceased. Correct the entry first if that is wrong."))
    form = PaperForm(
        site=by.site, patient=locked, kind=kind, printed_on=on, issued_at=at, issued_by=by.user,
        submission_key=submission_key,
    )  # fmt: skip
    if kind == PaperKind.CHECKLIST:
        _of_checklist(form, formulation_version)
    else:
        if words := surgical_words(locked) or under_age(locked, site=by.site, on=on):
            raise Refused(words)
        _of_script(form, script_version)
    if same := _still_out(form):
        return same
    with_number(form)
    document = seal(by=by, kind=kind_of_document(form), subject=form, patient=locked, at=at, content=blank(form))
    form.document, form.code = document, document.code
    form.save()
    record(
        by=by, action=Action.PRINT, subject=form, patient=locked, at=at,
        after={"code": form.code, "kind": kind, "printed_on": on},
    )  # fmt: skip
    return form


def _of_checklist(form: PaperForm, formulation: FormulationVersion | None) -> None:
    version = active(ChecklistVersion, form.site)
    if version is None:
        raise Refused(_("This site has no approved checklist yet. A physician must approve one first."))
    if formulation is None or formulation.site_id != form.site_id or formulation.status != State.APPROVED:
        raise Refused(_("Choose one of the formulations in force."), field="formulation")
    form.checklist_version, form.formulation_version = version, formulation


def _of_script(form: PaperForm, script: ConsentScriptVersion | None) -> None:
    if script is None or script.site_id != form.site_id or script.status != State.APPROVED:
        raise Refused(_("Choose one of the consent scripts in force."), field="script")
    form.script_version, form.legal_lines = script, consent_lines(form.site)


def _still_out(form: PaperForm) -> PaperForm | None:
    """Return the same blank, printed today and neither back nor called not used."""
    found: PaperForm | None = PaperForm.objects.filter(
        patient=form.patient, kind=form.kind, printed_on=form.printed_on, checklist_version=form.checklist_version,
        formulation_version=form.formulation_version, script_version=form.script_version,
        legal_lines=form.legal_lines, filings=None, end=None,
    ).first()  # fmt: skip
    return found


@unit_of_work
def end_form(*, by: Actor, form: PaperForm, reason: str, at: datetime) -> PaperFormEnd:
    """Record that a blank wasn't used or is gone, or that a returned one can't be entered; twice changes nothing.

    Raises Refused for one that was entered, and without a reason.
    """
    by.require(Permission.HANDLE_PAPER)
    row = PaperForm.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=form.pk)
    if before := PaperFormEnd.objects.filter(form=row).first():
        return before
    if PaperEntry.objects.filter(form=row).exists():
        raise Refused(_("This form was entered, so it was used."))
    if len(reason.strip()) < 3:
        raise Refused(_("Say what became of the paper."), field="reason")
    end = PaperFormEnd.add(form=row, reason=reason.strip(), ended_at=at, ended_by=by.user)
    record(by=by, action=Action.END, subject=row, patient=row.patient_id, reason=reason, at=at)
    return end


def keep_scan(
    *, by: Actor, path: Path, original_name: str, submission_key: uuid.UUID, at: datetime
) -> PaperScan:  # fmt: skip
    """Read the file at `path` and keep it untouched, with its pages as pictures, the code of its QR and their numbers.

    The same bytes a second time are the scan that is there already. Raises Refused as `read_scan` does.
    """
    by.require(Permission.HANDLE_PAPER)
    if made := already_submitted(PaperScan, submission_key, site=by.site):
        return made
    scan = read_scan(path)
    if Rendering.objects.filter(sha256=scan.sha256).exists():
        raise Refused(
            _("This is the file that was printed, without anything by pen. Scan the paper that was signed."),
            field="file",
        )
    written: list[str] = []
    try:
        return _keep(
            by=by, path=path, scan=scan, original_name=original_name, submission_key=submission_key, at=at,
            written=written,
        )  # fmt: skip
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise


@unit_of_work
def _keep(
    *, by: Actor, path: Path, scan: Scan, original_name: str, submission_key: uuid.UUID, at: datetime,
    written: list[str],
) -> PaperScan:  # fmt: skip
    if made := already_submitted(PaperScan, submission_key, site=by.site):
        return made
    already_submitted(PaperScan, uuid.uuid5(uuid.NAMESPACE_OID, scan.sha256))  # the same bytes wait for one another
    if before := PaperScan.objects.for_site(by.site).filter(sha256=scan.sha256).first():
        return before
    with path.open("rb") as file:
        written.append(default_storage.save(f"paper/{uuid.uuid4().hex}.{scan.suffix}", File(file)))
    row = PaperScan.add(
        site=by.site, file=written[0], original_name=printable_name(original_name, otherwise="scan"),
        media_type=scan.media_type,
        bytes=scan.bytes, sha256=scan.sha256, read_code=scan.code, uploaded_at=at, uploaded_by=by.user,
        submission_key=submission_key,
    )  # fmt: skip
    for number, page in enumerate(scan.pages, start=1):
        written.append(default_storage.save(f"paper/{uuid.uuid4().hex}.jpg", ContentFile(page.jpeg)))
        PaperPage.add(
            scan=row, number=number, file=written[-1], sha256=sha256(page.jpeg), width=page.width, height=page.height,
            read_page=page.form_page or None,
        )  # fmt: skip
    record(
        by=by, action=Action.CREATE, subject=row, at=at,
        after={
            "sha256": scan.sha256, "pages": len(scan.pages), "read_code": scan.code,
            "read_pages": [page.form_page for page in scan.pages],
        },
    )  # fmt: skip
    return row


@unit_of_work
def begin_entry(*, by: Actor, form: PaperForm, submission_key: uuid.UUID, at: datetime) -> PatientChecklist:
    """Begin the checklist that a returned paper one is entered as: of today, every question unanswered.

    A checklist holds for its own day: a paper of an earlier day is on file and no session goes on by it. Raises
    Refused for such a paper, for one that isn't back, was entered already, or shows a checklist that was replaced.
    """
    by.require(Permission.SCREEN_PATIENTS)
    row = (
        PaperForm.objects.for_site(by.site)
        .select_for_update(of=("self",), no_key=True)
        .select_related("patient", "formulation_version__formulation", "checklist_version")
        .get(pk=form.pk)
    )
    filing = row.filings.standing().order_by("signed_at").first()
    if row.kind != PaperKind.CHECKLIST or filing is None:
        raise Refused(_("This form hasn't come back yet. File its scan first."))
    today = clock.local(at, by.site).date()
    if clock.local(filing.signed_at, by.site).date() != today:
        raise Refused(
            _("A checklist holds for its own day. This paper stays on file; before today's session, ask anew.")
        )
    version, formulation = row.checklist_version, row.formulation_version
    if version is None or formulation is None or version.status != State.APPROVED:
        raise Refused(_("The checklist was replaced since this form was printed. Ask by the one in force."))
    if formulation.status != State.APPROVED:
        raise Refused(
            _(
                "%(formulation)s isn't in force any more, so this form can't be entered. Ask anew on the screen, and "
                "say below what became of the form."
            )
            % {"formulation": formulation}
        )
    checklist = start_checklist(
        by=by, patient=row.patient, formulation_version=formulation, submission_key=submission_key, at=at
    )
    entry = PaperEntry.objects.filter(checklist=checklist).select_related("form").first()
    if entry is not None and entry.form_id != row.pk:
        raise Refused(
            _("Today's checklist is being entered from another form, %(code)s.") % {"code": spaced(entry.form.code)}
        )
    if entry is None:
        entry = PaperEntry.add(form=row, checklist=checklist, entered_at=at, entered_by=by.user)
        record(
            by=by, action=Action.CREATE, subject=entry, patient=row.patient_id, at=at,
            after={"code": row.code, "checklist": checklist.pk},
        )  # fmt: skip
    return checklist
