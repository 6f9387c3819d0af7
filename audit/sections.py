"""What this room adds to the patient's pages: the month-6 photo audits, and what they hold back."""

from datetime import date, datetime

from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.gate import stop_of, stop_of_loading
from audit.month6.due import audit_due_on, is_late
from audit.month6.models import PhotoAudit
from audit.month6.queries import with_photographs
from audit.month6.standing import Standing, standing_of, state_of
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.pieces import Row, each
from patients.photos.sections import FINISHED_BASELINES
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Mark, WayStep, patient_fact
from patients.registry.sections import Section, patient_section
from sessions.gate.stops import Stop, StopCode
from sessions.plans.holding import holding
from sessions.plans.models import Phase
from sessions.plans.sections import NEXT_DUE

#: What there is to do about a stop, where the page opens that it leads to.
_ACTIONS = {
    StopCode.AUDIT_NOT_PHOTOGRAPHED: gettext_lazy("Month-6 photographs"),
    StopCode.AUDIT_UNSIGNED: gettext_lazy("Open the audit"),
    StopCode.AUDIT_DECIDED_OTHERWISE: gettext_lazy("Go to the plan"),
}


@patient_fact(
    600, Permission.VIEW_AUDIT, Permission.READ_SESSIONS,
    audits=each(
        with_photographs(PhotoAudit.objects.filter(patient=OuterRef("pk"))).order_by("-due_on", "-id"),
        pk="pk", on="due_on", decision="decision", signed_at="signed_at", baseline="baseline_id", taken="taken",
        begun="begun", window_days="baseline__protocol_version__audit_window_days", amended=is_amended(PhotoAudit),
    ),
    due=NEXT_DUE, finished=FINISHED_BASELINES,
)  # fmt: skip
def audit_fact(about: About, *, audits: list[Row], due: Row | None, finished: list[Row]) -> Fact | None:
    """The latest audit and what it decided, or the one that maintenance waits for; nothing before either."""
    # Only maintenance waits for an audit: that of the latest baseline that can be compared.
    judged = next((row for row in finished if not row["gaps"]), None)
    awaited = _awaited(audits, judged) if judged and due and due["phase"] == Phase.MAINTENANCE else None
    latest = audits[0] if audits else None
    holds = _holds(about, due, awaited) if due and awaited else _holds_loading(about, due, latest)
    shown = _standing(latest) if latest else awaited if holds else None
    if shown is None:
        return None
    late = latest is not None and is_late(shown.due_on, latest["window_days"], about.today)
    may_open = latest is not None and about.actor.may(Permission.VIEW_AUDIT)
    return Fact(
        title=_("Month-6 photo audit"),
        text=_("Due %(day)s") % {"day": day_text(shown.due_on)},
        url=reverse("photo_audit", args=[shown.number]) if may_open else "",
        mark=Mark("ask", _("Amended")) if latest and latest["amended"] else Mark(*state_of(shown, late=late)),
        holds=holds,
    )


def _standing(audit: Row) -> Standing:
    signed_at = audit["signed_at"]
    return Standing(
        due_on=date.fromisoformat(audit["on"]), number=audit["pk"], decision=audit["decision"], taken=audit["taken"],
        signed_at=datetime.fromisoformat(signed_at) if signed_at else None, begun=audit["begun"],
    )  # fmt: skip


def _awaited(audits: list[Row], baseline: Row) -> Standing:
    """Return the audit of `baseline`, opened or not."""
    opened = next((audit for audit in audits if audit["baseline"] == baseline["pk"]), None)
    return _standing(opened) if opened else Standing(due_on=audit_due_on(date.fromisoformat(baseline["on"])))


def _holds(about: About, due: Row, awaited: Standing) -> WayStep | None:
    """Return what stops the maintenance session that comes next, as the gate says it; None where nothing does."""
    stop = stop_of(
        awaited, patient_id=about.patient.pk, plan_id=due["plan"],
        plan_made_at=datetime.fromisoformat(due["plan_made_at"]),
    )  # fmt: skip
    return _held(about, stop, awaited) if stop else None


def _holds_loading(about: About, due: Row | None, latest: Row | None) -> WayStep | None:
    """Return what stops a loading session that was left over when month 6 was judged; None where nothing does."""
    if not due or not latest or due["phase"] != Phase.LOADING:
        return None
    audit = _standing(latest)
    stop = stop_of_loading(audit, plan_id=due["plan"], plan_made_at=datetime.fromisoformat(due["plan_made_at"]))
    return _held(about, stop, audit) if stop else None


def _held(about: About, stop: Stop, awaited: Standing) -> WayStep:
    return holding(
        about, stop, label=_("Photo audit"), action=str(_ACTIONS[stop.code]),
        # An audit that isn't due yet is waited for, and halts nothing.
        stopped=awaited.number is not None or awaited.due_on <= about.today,
    )  # fmt: skip


@patient_section(600, Permission.VIEW_AUDIT)
def photo_audits(actor: Actor, patient: Patient, at: datetime) -> Section | None:
    """The audits of this patient; nothing before the first; one query."""
    rows = with_photographs(PhotoAudit.objects.filter(patient=patient)).select_related("baseline__protocol_version")
    audits = list(rows.annotate(amended=is_amended(PhotoAudit)).order_by("-due_on")[:4])
    if not audits:
        return None
    shown = [{"row": row, "chip": _chip(row, on=clock.local(at, actor.site).date())} for row in audits]
    return Section(
        id="audit", title=_("Month-6 photo audit"), template="audit/month6/section.html", context={"audits": shown}
    )


def _chip(audit: PhotoAudit, *, on: date) -> Mark:
    if vars(audit)["amended"]:  # annotated, which no type knows
        return Mark("ask", _("Amended"))
    return Mark(*state_of(standing_of(audit.baseline.taken_on, audit), late=audit.is_late(on)))
