"""Filing: a scan belongs to a form, to none of ours, or was filed wrongly and waits again."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.documents.services import read_code
from clinic.errors import Refused
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.paper.codes import spaced
from patients.paper.models import (
    MOST_ROUNDS,
    PaperEntry,
    PaperFiledPage,
    PaperFiling,
    PaperFilingEnd,
    PaperForm,
    PaperScan,
    PaperScanAside,
)
from patients.paper.pages import Basis, Placed
from patients.paper.queries import pages_printed, placing


@unit_of_work
def file_scan(
    *, by: Actor, scan: PaperScan, code: str, signed_at: datetime, at: datetime,
    pages: Mapping[int, int] | None = None,
) -> PaperFiling:  # fmt: skip
    """File `scan` to the form with the printed `code`, signed by pen at `signed_at`; a second time changes nothing.

    `pages` says of each picture that doesn't say it by itself (`queries.placing`) which page of the form it is, by the
    picture's number; 0 where it is none. A page that is here already is filed as well, and counts once.

    Raises Refused when the code is of no form of this site or not the one on the scan, when the scan is filed to
    another form or was set aside, for a signature before the form was printed or in the future, and when `pages` leaves
    a picture open or names a page that the form doesn't have.
    """
    by.require(Permission.HANDLE_PAPER)
    row = PaperScan.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=scan.pk)
    plain = read_code(code)
    form = (
        PaperForm.objects.for_site(by.site).filter(code=plain).select_for_update(of=("self",), no_key=True).first()
        if plain
        else None
    )
    if form is None:
        raise Refused(
            _("No paper form of this site has this code. Type the eight characters under the QR."), field="code"
        )
    rounds = list(PaperFiling.objects.filter(scan=row).select_related("form", "end").order_by("round"))
    if before := next((each for each in rounds if not hasattr(each, "end")), None):
        if before.form_id == form.pk:
            return before
        raise Refused(_("This scan is filed already, to the form %(code)s.") % {"code": spaced(before.form.code)})
    if PaperScanAside.objects.filter(scan=row).exists():
        raise Refused(_("This scan was set aside. Upload it again if it is a form after all."))
    if len(rounds) >= MOST_ROUNDS:
        raise Refused(_("This scan was filed and taken back too often. Scan the paper again."))
    if row.read_code and row.read_code != form.code:
        raise Refused(
            _("The QR on this scan says %(read)s. A scan is filed to the form that it shows.")
            % {"read": spaced(row.read_code)},
            field="code",
        )
    if signed_at > at:
        raise Refused(_("This time is in the future. Type the time that stands beside the signature."), field="time")
    if signed_at < form.issued_at.replace(second=0, microsecond=0):
        raise Refused(
            _("The form was printed on %(at)s, so it was signed later. Type the time that stands beside the signature.")
            % {"at": clock.local(form.issued_at, by.site).strftime("%d %b %Y, %H:%M")},
            field="time",
        )
    placed = _placed(row, form, pages or {})
    filing = PaperFiling.add(
        scan=row,
        round=len(rounds) + 1,
        form=form,
        by_hand=not row.read_code,
        signed_at=signed_at,
        filed_at=at,
        filed_by=by.user,
    )
    for picture in row.pages.all():
        place = placed[picture.number]
        PaperFiledPage.add(filing=filing, picture=picture, form_page=place.page or None, basis=place.basis)
    record(
        by=by, action=Action.CREATE, subject=filing, patient=form.patient_id, at=at,
        after={
            "code": form.code, "sha256": row.sha256, "signed_at": signed_at, "by_hand": filing.by_hand,
            "form_pages": [f"{place.page or '-'} ({place.basis})" for _number, place in sorted(placed.items())],
        },
    )  # fmt: skip
    return filing


def _placed(scan: PaperScan, form: PaperForm, said: Mapping[int, int]) -> dict[int, Placed]:
    """Return which page of `form` each picture of `scan` is: by its QR, or by what was `said` of it."""
    printed = pages_printed(form)
    placed = {number: alone or _said(number, said, printed) for number, alone in placing(scan, form).items()}
    if all(place.basis == Basis.EXTRA for place in placed.values()):
        raise Refused(_("This scan holds no page of the form. Set it aside, and say what it is."))
    return placed


def _said(picture: int, said: Mapping[int, int], printed: int) -> Placed:
    page = said.get(picture)
    if page is None or not 0 <= page <= printed:
        raise Refused(
            _("Say which page this is: its number stands at its foot, from 1 to %(printed)s.") % {"printed": printed},
            field=f"page_{picture}",
        )
    return Placed(page, Basis.SAID if page else Basis.EXTRA)


@unit_of_work
def take_back(*, by: Actor, filing: PaperFiling, reason: str, at: datetime) -> PaperFilingEnd:
    """Record that `filing` was wrong: its scan waits to be filed again, and what was said of it stays.

    A second click changes nothing. Raises Refused without a reason, and once a record was entered from the form: that
    record is amended then.
    """
    by.require(Permission.HANDLE_PAPER)
    filings = PaperFiling.objects.filter(form__site=by.site).select_related("form", "scan")
    row = filings.select_for_update(of=("self", "form"), no_key=True).get(pk=filing.pk)
    if before := PaperFilingEnd.objects.filter(filing=row).first():
        return before
    if PaperEntry.objects.filter(form=row.form_id).exists():
        raise Refused(
            _("The form %(code)s is entered as a record. Amend that record, and say what was wrong.")
            % {"code": spaced(row.form.code)}
        )
    if len(reason.strip()) < 3:
        raise Refused(_("Say what was wrong: it stays in the record."), field="reason")
    end = PaperFilingEnd.add(filing=row, reason=reason.strip(), ended_at=at, ended_by=by.user)
    record(
        by=by, action=Action.END, subject=row, patient=row.form.patient_id, reason=reason, at=at,
        before={"code": row.form.code, "sha256": row.scan.sha256, "signed_at": row.signed_at},
    )  # fmt: skip
    return end


@unit_of_work
def set_aside(*, by: Actor, scan: PaperScan, reason: str, at: datetime) -> PaperScanAside:
    """Record that `scan` is of no form of ours; it is kept. Raises Refused for a filed one and without a reason."""
    by.require(Permission.HANDLE_PAPER)
    row = PaperScan.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=scan.pk)
    if before := PaperScanAside.objects.filter(scan=row).first():
        return before
    if PaperFiling.objects.standing().filter(scan=row).exists():
        raise Refused(_("This scan is filed to a form. Take that back first."))
    if len(reason.strip()) < 3:
        raise Refused(_("Say what this is, and why it isn't filed."), field="reason")
    aside = PaperScanAside.add(scan=row, reason=reason.strip(), set_aside_at=at, set_aside_by=by.user)
    record(by=by, action=Action.END, subject=row, reason=reason, at=at)
    return aside
