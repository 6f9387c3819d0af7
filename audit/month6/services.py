"""Opening, grading and signing the month-6 photo audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.month6.continuing import says_why, unsupported
from audit.month6.documents import sections
from audit.month6.due import audit_due_on
from audit.month6.models import AuditStatus, Decision, PhotoAudit, ViewGrade
from audit.month6.queries import (
    Pair,
    baselines_due,
    comparability,
    grades_of,
    month_6_set,
    newer_set,
    not_independent,
    pairs_of,
    window_fault,
)
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite
from clinic.signing.models import Meaning
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.trail.models import Action
from clinic.trail.queries import is_own_change
from clinic.trail.unit import record, unit_of_work
from patients.registry.identity import identity
from sessions.plans.queries import current_plan
from sessions.plans.services import end_plan

GRADE_WORDS = {
    -3: gettext_lazy("greatly decreased"),
    -2: gettext_lazy("moderately decreased"),
    -1: gettext_lazy("slightly decreased"),
    0: gettext_lazy("no change"),
    1: gettext_lazy("slightly increased"),
    2: gettext_lazy("moderately increased"),
    3: gettext_lazy("greatly increased"),
}


#: Decisions after which no session of the plan is due any more.
ENDING = frozenset({Decision.STOP, Decision.REFER})


@unit_of_work
def open_due_audits(*, by: Actor, at: datetime) -> list[PhotoAudit]:
    """Open the audit of every baseline at the actor's site that is six calendar months old; each once.

    Safe to run at any time and as often as one likes: what ran or didn't before doesn't matter.
    """
    opened = []
    for baseline in baselines_due(by.site, on=clock.local(at, by.site).date()):
        audit, made = PhotoAudit.objects.get_or_create(
            baseline=baseline,
            defaults={
                "patient": baseline.patient,
                "site": by.site,
                "due_on": audit_due_on(baseline.taken_on),
                "opened_at": at,
                "opened_by": by.user,
            },
        )
        if made:
            record(
                by=by, action=Action.CREATE, subject=audit, patient=baseline.patient, at=at,
                after={"due_on": audit.due_on, "baseline": baseline.pk},
            )  # fmt: skip
            opened.append(audit)
    return opened


def _locked(audit: PhotoAudit, by: Actor) -> PhotoAudit:
    by.require(Permission.GRADE_PHOTOS)
    rows = PhotoAudit.objects.for_site(by.site)
    # Locked by itself first: rows joined in the same statement would be those from before the wait.
    rows.select_for_update(no_key=True).get(pk=audit.pk)
    row: PhotoAudit = rows.select_related("baseline__protocol_version", "patient", "month_6", "site", "signed_by").get(
        pk=audit.pk
    )
    return row


def _open(audit: PhotoAudit, by: Actor) -> PhotoAudit:
    row = _locked(audit, by)
    if row.status == AuditStatus.SIGNED:
        raise Refused(_("This audit is signed. What was decided stays as it is."))
    if reason := not_independent(by, row):
        raise Refused(reason)
    return row


@dataclass(frozen=True, slots=True)
class Judgement:
    """A view's grade from -3 to +3, or why it can't be assessed."""

    grade: int | None
    not_assessable: str = ""


@unit_of_work
def grade_views(
    *, by: Actor, audit: PhotoAudit, judgements: Mapping[str, Judgement], row_version: int, at: datetime
) -> PhotoAudit:
    """Grade several views by their codes; those that are left out stay as they are.

    A view that was judged the same on the same photographs isn't written again. Raises Refused when there is nothing
    to save and as `grade_view` does, StaleWrite when the audit was saved since `row_version` was read.
    """
    row = _open(audit, by)
    if not judgements:
        raise Refused(_("Nothing is filled in yet. Grade one view at least, then save."))
    pairs = {pair.view_code: pair for pair in pairs_of(row)}
    new = {code: said for code, said in judgements.items() if not _says_the_same(pairs.get(code), said)}
    if not new:
        return row
    if row.row_version != row_version:
        raise StaleWrite(_("Something was saved since you opened this page. Look at it, then save again."))
    for code, said in new.items():
        _grade(row, pairs.get(code), said, by=by, at=at)
    return row


def _says_the_same(pair: Pair | None, said: Judgement) -> bool:
    saved = pair.grade if pair and not pair.outdated else None
    return saved is not None and (saved.grade, saved.not_assessable) == (said.grade, said.not_assessable.strip())


@unit_of_work
def grade_view(
    *, by: Actor, audit: PhotoAudit, view_code: str, grade: int | None, not_assessable: str, at: datetime
) -> ViewGrade:
    """Grade one view from -3 to +3, or say why it can't be assessed; may be changed until the audit is signed.

    The month-6 set is attached with the first grade. Raises Refused for a grade without both photographs at a
    size that can be compared,
    for no grade and no reason, for both at once, and for whoever treated the patient while somebody else may grade.
    """
    row = _open(audit, by)
    pair = next((pair for pair in pairs_of(row) if pair.view_code == view_code), None)
    return _grade(row, pair, Judgement(grade, not_assessable), by=by, at=at)


def _grade(row: PhotoAudit, pair: Pair | None, said: Judgement, *, by: Actor, at: datetime) -> ViewGrade:
    if pair is None:
        raise Refused(_("The baseline has no such view."))
    grade, reason, view = said.grade, said.not_assessable.strip(), {"view": pair.view_name}
    if grade is None and not reason:
        raise Refused(_("%(view)s: choose a grade, or say why it can't be judged.") % view)
    if grade is not None and reason:
        raise Refused(_("%(view)s has a grade and a reason why it can't be judged. Keep one of them.") % view)
    if grade is not None and not pair.assessable:
        raise Refused(
            _("%(view)s: a photograph is missing or doesn't count, so it can't be graded. Say so instead.") % view
        )
    if row.month_6 is None and (later := month_6_set(row)) is not None:
        row.month_6 = later
    row.row_version += 1
    row.save(update_fields=["month_6", "row_version"])
    before = pair.grade.describe() if pair.grade else None
    saved, _made = ViewGrade.objects.update_or_create(
        audit=row, view_code=pair.view_code,
        defaults={
            "view_name": pair.view_name, "before": pair.before, "after": pair.after, "grade": grade,
            "not_assessable": reason, "graded_at": at, "graded_by": by.user,
        },
    )  # fmt: skip
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before=before, after=saved.describe()
    )
    return saved


@unit_of_work
def judge_newer(*, by: Actor, audit: PhotoAudit, row_version: int, at: datetime) -> PhotoAudit:
    """Judge the newest complete month-6 photographs instead of those attached before.

    Grades stay as they were given; a view whose photographs are others now is outdated by that, and is judged anew
    before the audit can be signed. Where nothing newer is there, as at the second click, nothing changes. Raises
    Refused when the audit is signed and for whoever treated the patient while somebody else may grade, StaleWrite when
    the audit was saved since `row_version` was read.
    """
    row = _open(audit, by)
    newer = newer_set(row)
    if newer is None:
        return row
    if row.row_version != row_version:
        raise StaleWrite(_("Something was saved since you opened this page. Look at it, then choose again."))
    before, row.month_6 = row.month_6_id, newer
    row.row_version += 1
    row.save(update_fields=["month_6", "row_version"])
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before={"month_6": before},
        after={"month_6": newer.pk},
    )  # fmt: skip
    return row


def missing_for_signature(pairs: list[Pair], decision: str) -> list[str]:
    """Return, in words, what is missing before an audit with these pairs can be signed."""
    missing = [_("%(view)s isn't graded.") % {"view": pair.view_name} for pair in pairs if pair.grade is None]
    missing += [
        _("%(view)s was graded on other photographs than those that count now. Grade it again.")
        % {"view": pair.view_name}
        for pair in pairs
        if pair.outdated
    ]
    if not pairs:
        missing.append(_("The baseline has no photographs."))
    if not decision:
        missing.append(_("No decision is chosen."))
    return missing


@unit_of_work
def sign_audit(
    *, by: Actor, audit: PhotoAudit, decision: Decision, note: str, row_version: int, confirmed: Confirmed, at: datetime
) -> PhotoAudit:
    """Sign the audit with a decision: every view graded or not assessable, each for a reason.

    To stop or to refer ends the patient's plan; to change it leaves that to whoever makes the next. The signer's
    second click finds the signed audit. Raises Refused with what is missing, when the decision is to continue
    although the photographs don't support it (`unsupported`) and the note doesn't say why, while a session of a plan
    that ends is in progress, and for whoever treated the patient; StaleWrite when the audit was saved since the page
    was opened.
    """
    row = _locked(audit, by)
    if row.status == AuditStatus.SIGNED and row.signed_by_id == by.user.pk:
        return row
    row = _open(audit, by)
    if row.row_version != row_version:
        raise StaleWrite(
            _("You saved something here in another window. Look at the grades again, then sign.")
            if is_own_change(by, row)
            else _("Somebody saved something here while you were reading. Look at the grades again, then sign.")
        )  # fmt: skip
    pairs = pairs_of(row)
    if missing := missing_for_signature(pairs, decision):
        raise Refused(_("This audit can't be signed yet."), reasons=missing)
    if decision == Decision.CONTINUE and not says_why(note) and (doubt := unsupported(grades_of(pairs))):
        raise Refused(doubt, field="note")
    row.month_6 = month_6_set(row)
    row.decision, row.note, row.signed_at, row.signed_by = decision, note.strip(), at, by.user
    content = audit_content(row, pairs)
    row.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.REVIEWED, subject=row, content=content, at=at, patient=row.patient
    )
    row.status = AuditStatus.SIGNED
    row.row_version += 1
    row.save()
    _end_plan(by=by, row=row, at=at)
    seal(
        by=by, kind="photo_audit", subject=row, patient=row.patient, at=at,
        content={**content, "sections": sections(content), "signatures": [manifestation(row.signature)]},
    )  # fmt: skip
    return row


def _end_plan(*, by: Actor, row: PhotoAudit, at: datetime) -> None:
    """End the patient's plan when treatment is not to go on."""
    plan = current_plan(row.patient) if row.decision in ENDING else None
    if plan is not None:
        reason = _("Month-6 photo audit: %(decision)s") % {"decision": row.get_decision_display()}
        end_plan(by=by, plan=plan, reason=reason, at=at, for_good=True)


def audit_content(row: PhotoAudit, pairs: list[Pair]) -> dict[str, Any]:
    """Return everything that the reviewer signs, photographs by their hashes."""
    return {
        "patient": identity(row.patient),
        "baseline_on": row.baseline.taken_on,
        "baseline_text": day_text(row.baseline.taken_on),
        "month_6_on": row.month_6.taken_on if row.month_6 else None,
        "month_6_text": day_text(row.month_6.taken_on) if row.month_6 else "",
        "due_on": row.due_on,
        "due_text": day_text(row.due_on),
        "outside_window": window_fault(row, row.month_6),
        "comparability": comparability(row, row.month_6, pairs),
        "views": [
            {
                "code": pair.view_code,
                "name": pair.view_name,
                "before_sha256": pair.before.sha256 if pair.before else "",
                "after_sha256": pair.after.sha256 if pair.after else "",
                "grade": pair.grade.grade if pair.grade else None,
                "words": grade_words(pair.grade),
            }
            for pair in pairs
        ],
        "decision": row.decision,
        "decision_text": str(row.get_decision_display()),
        "note": row.note,
    }


def grade_words(grade: ViewGrade | None) -> str:
    """Return a grade in words; "" while there is none."""
    if grade is None:
        return ""
    if grade.grade is None:
        return _("not assessable: %(why)s") % {"why": grade.not_assessable}
    number = f"{grade.grade:+d}".replace("-", "−") if grade.grade else "0"
    return f"{number} {GRADE_WORDS[grade.grade]}"
