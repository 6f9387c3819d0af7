"""Taking a consent, and taking it back."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.canonical import canonical, sha256
from clinic.documents.services import seal
from clinic.documents.snapshots import files
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import manifestation, witness_drawn_signature
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.consents.documents import sections
from patients.consents.drawing import clean_ink
from patients.consents.models import Consent, ConsentWithdrawal
from patients.consents.queries import latest_consent, surgical_words
from patients.consents.strokes import strokes_again
from patients.consents.wording import NO_TREATMENT_WITHOUT_PHOTOGRAPHS
from patients.registry.identity import identity, under_age
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.states import State
from protocols.formulations.queries import consent_lines


def take_consent(
    *,
    by: Actor,
    patient: Patient,
    script_version: ConsentScriptVersion,
    statements: Sequence[int],
    drawing_png: bytes,
    signed_name: str,
    photos_for_record: bool,
    photos_for_teaching: bool,
    submission_key: uuid.UUID,
    at: datetime,
    relation: str = "",
    lines_read: str | None = None,
    drawing_strokes: str = "",
) -> Consent:
    """Record the consent that `patient` signed by hand before `by`, and seal its document.

    `drawing_strokes` are the pad's strokes, kept beside the picture. `relation` says what somebody else who signs is
    to the patient; without it the name is the patient's own.
    `statements` are the numbers of the expectation statements confirmed: all of the script's, one by one.
    `lines_read` is the digest of the lines about restricted ingredients that the page showed (`digest_of`), None to
    take those of now. Raises StaleWrite when the script or these lines aren't the ones in force any more, and Refused
    when a statement is missing, when the drawing is blank, when photographs for the record are declined (treatment
    without them can't be audited), and for a patient who is deceased, referred to surgical assessment, or younger than
    the site treats.
    """
    written: list[str] = []

    def drawn() -> Ink:
        ink = clean_ink(drawing_png)
        written.append(default_storage.save(f"consents/{uuid.uuid4().hex}.png", ContentFile(ink)))
        return Ink(
            name=written[-1], sha256=sha256(ink), strokes=strokes_again(drawing_strokes) if drawing_strokes else ""
        )

    try:
        return record_consent(
            by=by, patient=patient, script_version=script_version, statements=statements, ink=drawn,
            signed_name=signed_name, photos_for_record=photos_for_record, photos_for_teaching=photos_for_teaching,
            submission_key=submission_key, signed_at=at, at=at, relation=relation, lines_read=lines_read,
        )  # fmt: skip
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise


def digest_of(legal_lines: Sequence[str]) -> str:
    """Return by what a page says which lines it showed."""
    return sha256(canonical({"lines": list(legal_lines)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """What the patient signed with: a stored picture of it, the pad's strokes, or the paper that bears it.

    `paper` says which form it was and what its scans are; `pages` are the pictures of all its pages, by key.
    """

    name: str
    sha256: str
    strokes: str = ""
    paper: Mapping[str, Any] | None = None
    #: How it was signed, in words, where that wasn't on the pad.
    how: str = ""
    pages: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@unit_of_work
def record_consent(
    *, by: Actor, patient: Patient, script_version: ConsentScriptVersion, statements: Sequence[int],
    ink: Callable[[], Ink], signed_name: str, photos_for_record: bool, photos_for_teaching: bool,
    submission_key: uuid.UUID, signed_at: datetime, at: datetime, relation: str = "", lines_read: str | None = None,
) -> Consent:  # fmt: skip
    """Record a consent as `take_consent` does, signed at `signed_at`; `ink` is asked for once all else holds."""
    by.require(Permission.TAKE_CONSENT)
    signed_name, relation = " ".join(signed_name.split()), " ".join(relation.split())
    if made := already_submitted(Consent, submission_key, site=by.site):
        return made
    locked = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    _may_be_treated(locked, site=by.site, on=clock.local(at, by.site).date())
    script_version = ConsentScriptVersion.objects.for_site(by.site).get(pk=script_version.pk)
    if script_version.status != State.APPROVED:
        raise StaleWrite(_("The consent script was replaced meanwhile. Read the new one with the patient."))
    legal_lines = consent_lines(by.site)
    if lines_read is not None and lines_read != digest_of(legal_lines):
        raise StaleWrite(_("What the patient is told about the ingredients changed meanwhile. Read it again together."))
    script = list(script_version.statements.order_by("ordinal"))
    unconfirmed = [row.text for row in script if row.pk not in set(statements)]
    if unconfirmed:
        raise Refused(
            _("The patient confirms each statement. Not confirmed yet:"), reasons=unconfirmed, field="statements"
        )
    if not photos_for_record:
        raise Refused(str(NO_TREATMENT_WITHOUT_PHOTOGRAPHS), field="photos_for_record")
    if not signed_name:
        raise Refused(_("Type the name of the person who signs."), field="signed_name")
    own_name = " ".join(locked.full_name.split()).casefold()
    if relation and signed_name.casefold() == own_name:
        raise Refused(
            _(
                "This is the patient's own name. Type the name of the person who signs; of two with one name, with "
                "what tells them apart, such as “senior”."
            ),
            field="signed_name",
        )
    if not relation and signed_name.casefold() != own_name:
        raise Refused(
            _(
                "This isn't the patient's name, %(name)s. If somebody else signs for the patient, say so above; if "
                "the name in the entry is wrong, correct the entry first."
            )
            % {"name": locked.full_name},
            field="signed_name",
        )
    return _write(
        by=by, patient=locked, script_version=script_version, script=[row.text for row in script], ink=ink(),
        signed_name=signed_name, photos_for_teaching=photos_for_teaching, submission_key=submission_key,
        signed_at=signed_at, at=at, relation=relation, legal_lines=legal_lines,
    )  # fmt: skip


def _may_be_treated(patient: Patient, *, site: Site, on: date) -> None:
    """Refuse a consent to a treatment that this patient can't have."""
    if patient.deceased:
        raise Refused(_("This patient is recorded as deceased. Correct the entry first if that is wrong."))
    if words := surgical_words(patient) or under_age(patient, site=site, on=on):
        raise Refused(words)


def _write(
    *, by: Actor, patient: Patient, script_version: ConsentScriptVersion, script: list[str], ink: Ink,
    signed_name: str, photos_for_teaching: bool, submission_key: uuid.UUID, signed_at: datetime, at: datetime,
    relation: str, legal_lines: list[str],
) -> Consent:  # fmt: skip
    consent = with_number(
        Consent(
            patient=patient, site=by.site, script_version=script_version, statements=script, photos_for_record=True,
            photos_for_teaching=photos_for_teaching, signed_name=signed_name, drawing=ink.name,
            drawing_sha256=ink.sha256, signed_at=signed_at, witnessed_by=by.user, submission_key=submission_key,
            relation=relation, legal_lines=legal_lines, drawing_strokes=ink.strokes,
        )
    )  # fmt: skip
    content = {
        "patient": identity(patient),
        "script": {"title": script_version.title, "version": script_version.number, "body": script_version.body},
        "statements": script,
        "legal_lines": legal_lines,
        "photos_for_record": True,
        "photos_for_teaching": photos_for_teaching,
        "signed_name": signed_name,
        "relation": relation,
        "drawing_sha256": consent.drawing_sha256,
        "strokes_sha256": sha256(ink.strokes) if ink.strokes else "",
        "witness": by.name,
    } | ({"paper": ink.paper} if ink.paper else {})
    consent.signature = witness_drawn_signature(
        by=by, printed_name=signed_name, meaning=Meaning.CONSENTED, subject=consent, content=content, at=signed_at,
        patient=patient, relation=relation, reason=ink.how,
    )  # fmt: skip
    consent.save()
    record(
        by=by, action=Action.CREATE, subject=consent, patient=patient, at=signed_at,
        after={"script": script_version.number, "teaching": photos_for_teaching, "name": signed_name}
        | ({"relation": relation} if relation else {}),
    )  # fmt: skip
    seal(
        by=by, kind="consent", subject=consent, patient=patient, at=at,
        content={
            **content,
            "sections": sections(content),
            "files": files(ink.pages or {"signature": (ink.name, ink.sha256)}),
            "signatures": [manifestation(consent.signature)],
        },
    )  # fmt: skip
    return consent


@unit_of_work
def withdraw_consent(*, by: Actor, consent: Consent, reason: str, at: datetime) -> ConsentWithdrawal:
    """Record that the patient takes the consent back; a second time changes nothing.

    Raises Refused without a reason in words, and for a consent that a later one has taken the place of.
    """
    by.require(Permission.TAKE_CONSENT)
    patient = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=consent.patient_id)
    if before := ConsentWithdrawal.objects.filter(consent=consent).first():
        return before
    if latest_consent(patient) != consent:
        raise Refused(_("The patient has consented again since. Take the later consent back instead."))
    if len(reason.strip()) < 3:
        raise Refused(_("Write down what the patient said."), field="reason")
    withdrawal = ConsentWithdrawal.add(consent=consent, reason=reason.strip(), withdrawn_at=at, withdrawn_by=by.user)
    record(by=by, action=Action.END, subject=consent, patient=consent.patient_id, reason=reason, at=at)
    return withdrawal
