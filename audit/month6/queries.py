"""Audits and the pairs that they compare."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from audit.month6.due import is_due, latest_candidate
from audit.month6.models import AuditStatus, PhotoAudit, ViewGrade
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, Site
from clinic.accounts.permissions import ROLES, Permission
from clinic.kept import Kept
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.queries import latest_photos, unticked
from patients.registry.models import Patient
from protocols.photos.models import PhotoView
from protocols.photos.thresholds import thresholds_of
from sessions.treatment.models import SessionStatus, TreatmentSession


def baselines_due(site: Site, *, on: date) -> list[PhotoSet]:
    """Return the baselines whose audit is due and not opened: of each patient the latest that counts; one query."""
    candidates = _CANDIDATES.all(site=site.pk, until=latest_candidate(on))
    return [baseline for baseline in candidates if is_due(baseline.taken_on, on)]


def _candidates(site: int, until: date) -> QuerySet[PhotoSet]:
    baselines = PhotoSet.objects.filter(site=site, purpose=Purpose.BASELINE).standing()
    latest = baselines.order_by("patient_id", "-taken_on", "-id").distinct("patient_id").values("pk")
    candidates = PhotoSet.objects.filter(pk__in=latest, taken_on__lte=until, photo_audit=None)
    return candidates.select_related("patient").order_by("taken_on", "id")


_CANDIDATES = Kept(_candidates)


def audits_of(site: Site) -> QuerySet[PhotoAudit]:
    """Return the audits of a site with what a list shows of them."""
    return PhotoAudit.objects.for_site(site).select_related(
        "patient", "baseline__protocol_version", "month_6__protocol_version", "signed_by"
    )


def photographs_since() -> QuerySet[PhotoSet]:
    """Return, for a query over audits, the month-6 photographs of the patient since the baseline, complete or not.

    Without those that were given up.
    """
    return PhotoSet.objects.filter(
        patient=OuterRef("patient"), purpose=Purpose.MONTH_6, taken_on__gt=OuterRef("baseline__taken_on"),
        given_up_at=None,
    )  # fmt: skip


def with_photographs(audits: QuerySet[PhotoAudit]) -> QuerySet[PhotoAudit]:
    """Say of each whether its month-6 photographs are `taken`, and the key of a set that is `begun`, else None."""
    since = photographs_since()
    return audits.annotate(
        taken=Exists(since.filter(completed_at__isnull=False)),
        begun=Subquery(since.filter(completed_at=None).order_by("-id").values("pk")[:1]),
    )


def latest_audits(patient_ids: Collection[int]) -> dict[int, tuple[PhotoSet, PhotoAudit | None]]:
    """Return each patient's latest complete baseline with its audit, None while that isn't opened, by patient.

    The audit comes `with_photographs`. Two queries; none for nobody.
    """
    if not patient_ids:
        return {}
    baselines = _BASELINES.all(patients=tuple(patient_ids))
    opened = _OF_BASELINES.all(baselines=tuple(each.pk for each in baselines)) if baselines else []
    audits = {audit.baseline_id: audit for audit in opened}
    return {baseline.patient_id: (baseline, audits.get(baseline.pk)) for baseline in baselines}


_BASELINES: Kept[PhotoSet] = Kept(
    lambda patients: (
        PhotoSet.objects.filter(patient__in=patients, purpose=Purpose.BASELINE)
        .standing()
        .select_related("protocol_version")
        .order_by("patient_id", "-taken_on", "-id")
        .distinct("patient_id")
    )
)
_OF_BASELINES = Kept(lambda baselines: with_photographs(PhotoAudit.objects.filter(baseline__in=baselines)))


def signed_audits(patient_ids: Collection[int]) -> dict[int, PhotoAudit]:
    """Return each patient's latest signed audit, by patient; one query, none for nobody."""
    found = _SIGNED.all(patients=tuple(patient_ids)) if patient_ids else []
    return {audit.patient_id: audit for audit in found}


_SIGNED: Kept[PhotoAudit] = Kept(
    lambda patients: (
        PhotoAudit.objects.filter(patient__in=patients, status=AuditStatus.SIGNED)
        .order_by("patient_id", "-due_on", "-id")
        .distinct("patient_id")
    )
)


def audit_of_baseline(patient: Patient, baseline: PhotoSet | None) -> PhotoAudit | None:
    """Return the audit of `baseline`; None while it isn't opened."""
    return PhotoAudit.objects.filter(patient=patient, baseline=baseline).first() if baseline else None


def month_6_set(audit: PhotoAudit) -> PhotoSet | None:
    """Return the month-6 photographs of an audit: those attached, else the latest complete set since the baseline."""
    return audit.month_6 if audit.month_6 is not None else _latest_complete(audit)


def newer_set(audit: PhotoAudit) -> PhotoSet | None:
    """Return the complete month-6 photographs that came after those attached to an open audit; None while none did.

    Newer are those of a later day, and of the same day those whose set was opened later: the order in which
    `month_6_set` chooses. One query; none for an audit that is signed or has no photographs attached yet.
    """
    attached = audit.month_6
    if attached is None or audit.status == AuditStatus.SIGNED:
        return None
    latest = _latest_complete(audit)
    return latest if latest and (latest.taken_on, latest.pk) > (attached.taken_on, attached.pk) else None


def _latest_complete(audit: PhotoAudit) -> PhotoSet | None:
    return (
        PhotoSet.objects.filter(
            patient_id=audit.patient_id, purpose=Purpose.MONTH_6, completed_at__isnull=False,
            taken_on__gt=audit.baseline.taken_on,
        )
        .select_related("protocol_version")
        .order_by("-taken_on", "-id")
        .first()
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One view before and after, and its grade.

    `before` and `after` are the photographs that count; one that doesn't stands in `before_uncounted`
    or `after_uncounted` instead.
    """

    view_code: str
    view_name: str
    before: Photo | None
    after: Photo | None
    grade: ViewGrade | None
    before_uncounted: Photo | None = None
    after_uncounted: Photo | None = None

    @property
    def outdated(self) -> bool:
        """Whether it was judged on other photographs than those that are there now."""
        if self.grade is None:
            return False
        shown = (self.before.pk if self.before else None, self.after.pk if self.after else None)
        return (self.grade.before_id, self.grade.after_id) != shown

    @property
    def assessable(self) -> bool:
        """Whether both photographs are there and can be compared."""
        return self.before is not None and self.after is not None


def pairs_of(audit: PhotoAudit) -> list[Pair]:
    """Return the pairs of an audit, one per view of the baseline's protocol, in its order.

    A signed audit keeps the photographs that it was signed on.
    """
    grades = {grade.view_code: grade for grade in audit.grades.select_related("graded_by", "before", "after")}
    if audit.status == AuditStatus.SIGNED:
        views = audit.baseline.protocol_version.views.all()
        signed = [grades[view.code] for view in views if view.code in grades]
        return [Pair(grade.view_code, grade.view_name, grade.before, grade.after, grade) for grade in signed]
    later = month_6_set(audit)
    before = latest_photos(audit.baseline)
    after = latest_photos(later) if later else {}
    return [
        _pair(view, before.get(view.code), after.get(view.code), grades.get(view.code))
        for view in audit.baseline.protocol_version.views.all()
        if view.required or view.code in before
    ]


def _pair(view: PhotoView, before: Photo | None, after: Photo | None, grade: ViewGrade | None) -> Pair:
    return Pair(
        view_code=view.code, view_name=view.name, grade=grade,
        before=before if before and before.comparable else None,
        after=after if after and after.comparable else None,
        before_uncounted=before if before and not before.comparable else None,
        after_uncounted=after if after and not after.comparable else None,
    )  # fmt: skip


def grades_of(pairs: Iterable[Pair]) -> list[int | None]:
    """Return the grade of each view that was judged; None for one that can't be."""
    return [pair.grade.grade for pair in pairs if pair.grade is not None]


def not_independent(by: Actor, audit: PhotoAudit) -> str:
    """Return, in a sentence, why `by` leaves the grading to somebody else; "" when they may grade.

    Graders didn't treat the patient (Month-6 audit, domain rules). Where nobody else of the site may grade, whoever
    treated does it, rather than nobody.
    """
    treated = set(
        TreatmentSession.objects.filter(patient_id=audit.patient_id, status=SessionStatus.SIGNED)
        .values_list("operator_id", flat=True)
        .distinct()
    )
    if by.user.pk not in treated:
        return ""
    roles = [role for role, bundle in ROLES.items() if Permission.GRADE_PHOTOS in bundle.permissions]
    others = (
        Membership.objects.current()
        .filter(site=by.site, role__in=roles, user__is_active=True)
        .exclude(user_id__in=treated)
    )
    return _("You treated this patient. Somebody who didn't grades these photographs.") if others.exists() else ""


def window_fault(audit: PhotoAudit, later: PhotoSet | None) -> str:
    """Return, in a sentence, that the month-6 photographs were taken outside of the protocol's window, else ""."""
    if later is None:
        return ""
    window = audit.baseline.protocol_version.audit_window_days
    days = (later.taken_on - audit.due_on).days
    if abs(days) <= window:
        return ""
    return _("Taken %(days)s days %(side)s month 6; the photo protocol allows %(window)s.") % {
        "days": abs(days),
        "side": _("after") if days > 0 else _("before"),
        "window": window,
    }


def comparability(audit: PhotoAudit, later: PhotoSet | None, pairs: Iterable[Pair]) -> list[str]:
    """Return, in sentences, why two photographs may differ though the hair doesn't; at most two queries.

    What nobody ticked of a set's preparation, and each photograph that is below the quality of its own protocol.
    Wet, parted or dark hair shows another scalp (Standard photo protocol, domain rules).
    """
    pairs = list(pairs)
    found = []
    for photo_set, name in ((audit.baseline, _("Baseline")), (later, _("Month 6"))):
        if photo_set is None:
            continue
        if points := unticked(photo_set):
            found.append(
                _("%(set)s: nobody recorded of the preparation: %(points)s")
                % {"set": name, "points": "; ".join(points)}
            )
        asked = thresholds_of(photo_set.protocol_version)
        for pair in pairs:
            photo = pair.before if photo_set == audit.baseline else pair.after
            found.extend(
                _("%(view)s, %(set)s: %(words)s") % {"view": pair.view_name, "set": name.lower(), "words": words}
                for words in (photo.shortfalls(asked) if photo else [])
            )
    return found
