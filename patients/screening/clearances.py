"""Services of clearances: given by a prescriber's signature, and withdrawn."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text, second_text
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, sign
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.registry.models import Patient
from patients.screening.models import Clearance, ClearanceWithdrawal
from patients.screening.queries import newest_decision
from protocols.checklists.floor import leaves_to_prescriber

#: A clearance holds for a year at most; medicines and findings change. The clinic must confirm this figure.
LONGEST = timedelta(days=366)
#: How far ahead a clearance may begin.
FURTHEST = timedelta(days=92)
SHORTEST_TEXT = 3


@unit_of_work
def give_clearance(
    *,
    by: Actor,
    patient: Patient,
    rule: str,
    granted: bool,
    about: str,
    scope: str,
    prescriber: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
    confirmed: Confirmed,
    submission_key: uuid.UUID,
    at: datetime,
    seen: int | None = None,
) -> Clearance:
    """Record by signature whether `patient` may be treated in spite of a yes to the question of `rule`.

    `about` names the medicine or finding, `scope` the conditions (or why not), `prescriber` whose decision it is;
    both days of the validity are included. A refusal needs no days: it holds from today until somebody decides anew,
    for a year at most. `seen` is the newest decision on that question that the decider has read, 0 for none; None asks
    for no check. Raises StaleWrite, with who decided what and when, when there is a newer one, and
    Refused for a rule that isn't asked about, a text that is missing, or a validity that is over already, backwards or
    longer than a year.
    """
    by.require(Permission.GIVE_CLEARANCE)
    Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    if made := already_submitted(Clearance, submission_key, site=by.site):
        return made
    _check_newest(by=by, patient=patient, rule=rule, seen=seen)
    about, scope, prescriber = " ".join(about.split()), scope.strip(), " ".join(prescriber.split())
    today = clock.local(at, by.site).date()
    if not granted:
        valid_from = valid_from or today
        valid_until = valid_until or valid_from + LONGEST
    _check_words(rule=rule, granted=granted, about=about, scope=scope, prescriber=prescriber)
    valid_from, valid_until = _checked_days(valid_from, valid_until, today=today)
    clearance = with_number(
        Clearance(
            patient=patient, site=by.site, rule=rule, granted=granted, about=about, scope=scope, prescriber=prescriber,
            valid_from=valid_from, valid_until=valid_until, given_at=at, given_by=by.user,
            submission_key=submission_key,
        )
    )  # fmt: skip
    said: dict[str, Any] = {
        "rule": rule, "granted": granted, "about": about, "scope": scope, "prescriber": prescriber,
        "valid_from": valid_from, "valid_until": valid_until,
    }  # fmt: skip
    clearance.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.CLEARED if granted else Meaning.REJECTED, subject=clearance,
        content={"patient": patient.pk, **said}, at=at, patient=patient,
    )  # fmt: skip
    clearance.save()
    record(by=by, action=Action.CREATE, subject=clearance, patient=patient, at=at, after=said)
    return clearance


def _check_newest(*, by: Actor, patient: Patient, rule: str, seen: int | None) -> None:
    newest = newest_decision(patient, rule)
    if seen is None or newest is None or newest.pk == seen:
        return
    told = {
        "who": newest.given_by.full_name, "at": second_text(clock.local(newest.given_at, by.site)),
        "about": newest.names, "what": _("not cleared"),
    }  # fmt: skip
    if newest.granted:
        told["what"] = _("cleared until %(day)s") % {"day": day_text(newest.valid_until)}
    raise StaleWrite(
        _(
            "%(who)s has decided on this question since you opened it (%(at)s): %(about)s, %(what)s. Nothing of yours "
            "is signed yet. Read that decision; sign yours only if it is to count now."
        )
        % told
    )


def _check_words(*, rule: str, granted: bool, about: str, scope: str, prescriber: str) -> None:
    if not leaves_to_prescriber(rule):
        raise Refused(_("Choose what the clearance is about."), field="rule")
    if len(about) < SHORTEST_TEXT:
        raise Refused(_("Name the medicine or the finding that you decide about."), field="about")
    if len(scope) < SHORTEST_TEXT and granted:
        raise Refused(_("Say under which conditions, or that there are none."), field="scope")
    if len(scope) < SHORTEST_TEXT:
        raise Refused(_("Say why the patient isn't cleared."), field="why_not")
    if len(prescriber) < SHORTEST_TEXT:
        raise Refused(_("Name the prescriber whose decision this is."), field="prescriber")


def last_day_wrong(first: date | None, last: date, *, today: date) -> str:
    """Return what is wrong with the `last` day of a clearance from the `first` on, and what to do; "" for nothing."""
    reversed_days = first is not None and last < first
    if reversed_days and last < today:
        return _("The last day lies before the first, and in the past. It has to be today or later.")
    if reversed_days:
        return _("The last day lies before the first. Turn the dates round.")
    if last < today:
        return _("This clearance would be over already. Give a last day of today or later.")
    return ""


def _checked_days(valid_from: date | None, valid_until: date | None, *, today: date) -> tuple[date, date]:
    if valid_from is None:
        raise Refused(_("Give the first day."), field="valid_from")
    if valid_until is None:
        raise Refused(_("Give the last day."), field="valid_until")
    if words := last_day_wrong(valid_from, valid_until, today=today):
        raise Refused(words, field="valid_until")
    if valid_from - today > FURTHEST:
        raise Refused(
            _("That is too far ahead. A clearance begins on %(day)s at the latest.")
            % {"day": day_text(today + FURTHEST)},
            field="valid_from",
        )
    if valid_until - valid_from > LONGEST:
        raise Refused(_("A clearance holds for a year at most. Give an earlier last day."), field="valid_until")
    return valid_from, valid_until


@unit_of_work
def withdraw_clearance(*, by: Actor, clearance: Clearance, reason: str, at: datetime) -> ClearanceWithdrawal:
    """End a clearance, or take a refusal back, from now on; it stays on record. A second click changes nothing.

    Raises Refused without a reason in words, and when somebody else withdrew it first.
    """
    by.require(Permission.GIVE_CLEARANCE)
    Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=clearance.patient_id)
    if before := ClearanceWithdrawal.objects.filter(clearance=clearance).select_related("withdrawn_by").first():
        if before.withdrawn_by_id == by.user.pk:
            return before
        told = {
            "who": before.withdrawn_by.full_name,
            "at": second_text(clock.local(before.withdrawn_at, by.site)),
            "why": before.reason,
        }
        already = _("%(who)s has withdrawn it already (%(at)s): %(why)s Nothing was changed.")
        if not clearance.granted:
            already = _("%(who)s has taken it back already (%(at)s): %(why)s Nothing was changed.")
        raise Refused(already % told)
    reason = reason.strip()
    if len(reason) < SHORTEST_TEXT:
        why = _("Say why the clearance no longer holds.") if clearance.granted else _("Say why it is taken back.")
        raise Refused(why, field="reason")
    withdrawal = ClearanceWithdrawal.add(clearance=clearance, reason=reason, withdrawn_at=at, withdrawn_by=by.user)
    record(by=by, action=Action.END, subject=clearance, patient=clearance.patient_id, reason=reason, at=at)
    return withdrawal
