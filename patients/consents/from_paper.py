"""A consent that was signed by pen: taken over from the returned paper form."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.consents.models import Consent
from patients.consents.services import Ink, digest_of, record_consent
from patients.paper.models import PaperEntry, PaperFiling, PaperForm, PaperKind
from patients.paper.pictures import last_of, page_in_words, pages_of_form


@unit_of_work
def take_over_consent(
    *,
    by: Actor,
    form: PaperForm,
    statements: Sequence[int],
    signed_name: str,
    photos_for_record: bool,
    photos_for_teaching: bool,
    submission_key: uuid.UUID,
    at: datetime,
    relation: str = "",
) -> Consent:
    """Record the consent that came back on `form`, signed by pen when its filing says, as `by` reads it there.

    The consent's document shows the paper's pages. A second time returns the consent made first. Raises Refused and
    StaleWrite as `take_consent` does, and Refused for a form that isn't a returned consent.
    """
    by.require(Permission.TAKE_CONSENT)
    row = (
        PaperForm.objects.for_site(by.site)
        .select_for_update(of=("self",), no_key=True)
        .select_related("patient", "script_version")
        .get(pk=form.pk)
    )
    if made := PaperEntry.objects.filter(form=row, consent__isnull=False).select_related("consent").first():
        entered: Consent = made.consent
        return entered
    filings = list(row.filings.standing().select_related("scan").order_by("signed_at", "id"))
    if row.kind != PaperKind.CONSENT or row.script_version is None or not filings:
        raise Refused(_("This form hasn't come back yet. File its scan first."))
    ink = _paper(row, filings, by=by, at=at)
    consent = record_consent(
        by=by, patient=row.patient, script_version=row.script_version, statements=statements, ink=lambda: ink,
        signed_name=signed_name, photos_for_record=photos_for_record, photos_for_teaching=photos_for_teaching,
        submission_key=submission_key, signed_at=filings[0].signed_at, at=at, relation=relation,
        lines_read=digest_of(row.legal_lines),
    )  # fmt: skip
    entry = PaperEntry.add(form=row, consent=consent, entered_at=at, entered_by=by.user)
    record(
        by=by, action=Action.CREATE, subject=entry, patient=row.patient_id, at=at,
        after={"code": row.code, "consent": consent.pk},
    )  # fmt: skip
    return consent


def _paper(form: PaperForm, filings: Sequence[PaperFiling], *, by: Actor, at: datetime) -> Ink:
    """Return the paper as what was signed with: the signature stands on its last page."""
    pages = pages_of_form(form)
    shown = {
        f"page-{place}": (str(page.picture.file), page.picture.sha256) for place, page in enumerate(pages, start=1)
    }
    last = last_of(pages).picture
    signed_at = clock.local(filings[0].signed_at, form.site)
    return Ink(
        name=str(last.file),
        sha256=last.sha256,
        paper={
            "code": form.code,
            "signed_at": signed_at.strftime("%d %b %Y, %H:%M %Z"),
            "scans": [filing.scan.sha256 for filing in filings],
            "pages": list(shown),
            # Which page of the form each of them is; "" where that isn't known.
            "page_words": [page_in_words(page) for page in pages],
        },
        how=_("By pen on the paper form %(code)s; entered %(at)s by %(name)s")
        % {"code": form.code, "at": clock.local(at, form.site).strftime("%d %b %Y, %H:%M"), "name": by.name},
        pages=shown,
    )
