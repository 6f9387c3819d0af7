"""The treatment room's pages: one page per session, one step after the other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.passkeys.identify import identify
from clinic.trail.unit import record_read
from clinic.web.forms import ClinicForm, SignatureForm
from clinic.web.paging import keyset_page
from sessions.gate.gate import stopped_ahead
from sessions.plans.models import PlannedSession
from sessions.treatment import services
from sessions.treatment.forms import (
    EmptyForm,
    EntryForm,
    ExplainForm,
    LateZoneForm,
    NotProceededForm,
    RestForm,
    TakeOverForm,
    VialForm,
    ZoneForm,
)
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession, Zone
from sessions.treatment.panel import panel_now
from sessions.treatment.queries import due_to_begin
from sessions.treatment.room import room

#: How far ahead the list of due sessions looks.
LOOK_AHEAD = timedelta(days=7)


@access(Permission.VIEW_SESSIONS)
@require_safe
def session_list(request: ClinicRequest) -> HttpResponse:
    """What is due and what already stops it, and the sessions in progress and given, the latest first."""
    site = request.actor.site
    today = clock.today(site)
    page = keyset_page(
        TreatmentSession.objects.for_site(site)
        .annotate(amended=is_amended(TreatmentSession))
        .select_related("patient", "planned", "operator", "plan__formulation"),
        request,
        order=("-started_at", "-id"),
    )
    # What is in progress stands among those that were begun.
    due = [] if page.has_previous else list(due_to_begin(site, until=today + LOOK_AHEAD)[:50])
    stopped = stopped_ahead(due, site=site, on=today) if due else {}
    return render(
        request,
        "sessions/treatment/list.html",
        {
            "page": page,
            "due": [{"row": row, "stops": stopped.get(row.pk, [])} for row in due],
            "today": today,
            "may_treat": request.actor.may(Permission.TREAT),
            "may_read": request.actor.may(Permission.READ_SESSIONS),
        },
    )


@access(Permission.TREAT)
@require_POST
def session_start(request: ClinicRequest, pk: int) -> HttpResponse:
    """Open the record of a planned session, or go to the one that is open."""
    planned = get_object_or_404(
        PlannedSession.objects.for_site(request.actor.site).select_related("plan__patient"), pk=pk
    )
    open_one = TreatmentSession.objects.filter(planned=planned, status=SessionStatus.OPEN).first()
    if open_one is not None:
        return redirect("treatment_session", open_one.pk)
    form = EmptyForm(request.POST)
    made = form.carry_out(
        lambda: services.start_session(by=request.actor, planned=planned, submission_key=form.key, at=clock.now())
    )
    # Somebody may have opened it in the same moment: that one is the session.
    made = made or TreatmentSession.objects.filter(planned=planned, status=SessionStatus.OPEN).first()
    if made is not None:
        return redirect("treatment_session", made.pk)
    return render(
        request,
        "sessions/treatment/cannot_start.html",
        {"planned": planned, "patient": planned.plan.patient, "form": form},
        status=form.status,
    )


def _row(request: ClinicRequest, pk: int) -> TreatmentSession:
    return get_object_or_404(
        TreatmentSession.objects.for_site(request.actor.site).select_related(
            "patient", "planned__plan__patient", "plan__formulation", "protocol_version", "operator", "site",
            "vial__preparation__formulation_version__formulation", "signature", "briefed_by",
            "checklist__version", "checklist__signed_by", "consent__script_version",
        ).prefetch_related("zones"),
        pk=pk,
    )  # fmt: skip


@access(Permission.READ_SESSIONS)
@require_safe
def treatment_session(request: ClinicRequest, pk: int) -> HttpResponse:
    """One session: its steps, what stops it, what is missing."""
    row = _row(request, pk)
    record_read(by=request.actor, subject=row, patient=row.patient)
    return _page(request, row)


@access(Permission.READ_SESSIONS)
@require_safe
def session_gate(request: ClinicRequest, pk: int) -> HttpResponse:
    """What stops the session now, for its open page, which asks every half minute; nothing while that says it already.

    The page itself was put on record as read; what comes in while it is open isn't another reading.
    """
    row = _row(request, pk)
    panel = panel_now(row, by=request.actor, at=clock.now())
    if request.GET.get("said") == panel.state:
        return HttpResponse(status=204)
    return render(request, "sessions/treatment/gate.html", {"row": row, "gate": panel, "came_in": True})


def _page(request: ClinicRequest, row: TreatmentSession, **forms: ClinicForm) -> HttpResponse:
    context = room(by=request.actor, row=row, at=clock.now(), forms=forms)
    status = max((form.status for form in forms.values()), default=200)
    return render(request, "sessions/treatment/session.html", context, status=status)


def _step(
    request: ClinicRequest, pk: int, name: str, make: Callable[[TreatmentSession], ClinicForm],
    verb: Callable[[TreatmentSession, Any], Any],
) -> HttpResponse:  # fmt: skip
    row = _row(request, pk)
    form = make(row)
    if form.carry_out(lambda: (verb(row, form), True)) is not None:
        return redirect("treatment_session", row.pk)
    row = _row(request, pk)
    if form.stale:
        form.carry_version(row.row_version)
    return _page(request, row, **{name: form})


@access(Permission.TREAT)
@require_POST
def session_take_over(request: ClinicRequest, pk: int) -> HttpResponse:
    """Go on with a session that somebody else began."""
    return _step(
        request, pk, "take_over_form", lambda row: TakeOverForm(request.POST, row_version=row.row_version),
        lambda row, form: services.take_over(
            by=request.actor, treatment_session=row, reason=form.cleaned_data["reason"],
            row_version=form.cleaned_data["row_version"] or 0, at=clock.now(),
        ),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_vial(request: ClinicRequest, pk: int) -> HttpResponse:
    """Take a vial."""
    return _step(
        request, pk, "vial_form", lambda row: VialForm(request.POST),
        lambda row, form: services.use_vial(
            by=request.actor, treatment_session=row, code=form.cleaned_data["code"], at=clock.now()
        ),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_zone(request: ClinicRequest, pk: int) -> HttpResponse:
    """Add an entry to the injection map."""
    return _step(
        request, pk, "zone_form", lambda row: ZoneForm(request.POST, row=row),
        lambda row, form: services.record_zone(
            by=request.actor, treatment_session=row, submission_key=form.key, at=clock.now(), **_entered(form)
        ),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_zone_late(request: ClinicRequest, pk: int) -> HttpResponse:
    """Add an entry of points that were injected before something stopped the session."""
    return _step(
        request, pk, "late_form", lambda row: LateZoneForm(request.POST, row=row),
        lambda row, form: services.record_late_zone(
            by=request.actor, treatment_session=row, submission_key=form.key, injected_at=form.moment,
            late_reason=form.cleaned_data["late_reason"], at=clock.now(), **_entered(form)
        ),
    )  # fmt: skip


def _entered(form: Any) -> dict[str, Any]:
    cleaned = form.cleaned_data
    return {
        "zone": Zone(cleaned["zone"]), "points": cleaned["points"], "volume_per_site_ul": cleaned["volume_per_site"],
        "reason": cleaned.get("reason", ""),
    }  # fmt: skip


@access(Permission.TREAT)
@require_http_methods(["GET", "HEAD", "POST"])
def session_zone_change(request: ClinicRequest, pk: int) -> HttpResponse:
    """Correct an entry of the injection map, the one whose number stands in `entry`."""
    if request.method != "POST":
        row = _row(request, pk)
        entry = _entry_of(row, _entry_id(request.GET))
        if entry is None or row.status != SessionStatus.OPEN:
            return redirect("treatment_session", row.pk)
        record_read(by=request.actor, subject=row, patient=row.patient)
        return _page(request, row, change_form=ZoneForm(row=row, entry=entry, row_version=row.row_version))
    entry_id = _entry_id(request.POST)
    return _step(
        request, pk, "change_form",
        lambda row: ZoneForm(request.POST, row=row, entry=_entry_of(row, entry_id), row_version=row.row_version),
        lambda row, form: services.change_zone(
            by=request.actor, treatment_session=row, entry_id=entry_id,
            row_version=form.cleaned_data["row_version"] or 0, at=clock.now(), **_entered(form)
        ),
    )  # fmt: skip


def _entry_id(sent: QueryDict) -> int:
    """Return the number of the entry that was sent; 0, which none has, when it is no number."""
    number = sent.get("entry", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0


def _entry_of(row: TreatmentSession, entry_id: int) -> InjectionZone | None:
    return next((entry for entry in row.zones.all() if entry.pk == entry_id), None)


@access(Permission.TREAT)
@require_POST
def session_zone_explain(request: ClinicRequest, pk: int) -> HttpResponse:
    """Say why an entry departs from the protocol, the one whose number stands in `entry`."""
    entry_id = _entry_id(request.POST)
    return _step(
        request, pk, "explain_form", lambda row: ExplainForm(request.POST, entry_id=entry_id),
        lambda row, form: services.explain_zone(
            by=request.actor, treatment_session=row, entry_id=entry_id, reason=form.cleaned_data["reason"],
            at=clock.now(),
        ),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_zone_remove(request: ClinicRequest, pk: int) -> HttpResponse:
    """Take out an entry recorded by mistake, and say which, so that a slip of the finger is put right at once."""

    def remove(row: TreatmentSession, form: Any) -> None:
        gone = services.remove_zone(
            by=request.actor, treatment_session=row, entry_id=form.cleaned_data["entry"], at=clock.now()
        )
        if gone:
            messages.info(request, _("Removed: %(row)s. Record it again if that was a mistake.") % {"row": gone})

    return _step(request, pk, "remove_form", lambda row: EntryForm(request.POST), remove)


@access(Permission.TREAT)
@require_POST
def session_rest(request: ClinicRequest, pk: int) -> HttpResponse:
    """Record what was wasted and what is left."""
    return _step(
        request, pk, "rest_form", lambda row: RestForm(request.POST, row_version=row.row_version),
        lambda row, form: services.record_rest(
            by=request.actor, treatment_session=row, wasted_ul=form.cleaned_data["wasted"],
            remaining_ul=form.cleaned_data["remaining"], anaesthesia=form.cleaned_data["anaesthesia"],
            notes=form.cleaned_data["notes"], row_version=form.cleaned_data["row_version"] or 0, at=clock.now(),
        ),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_briefing(request: ClinicRequest, pk: int) -> HttpResponse:
    """Record the aftercare briefing."""
    return _step(
        request, pk, "briefing_form", lambda row: EmptyForm(request.POST),
        lambda row, form: services.brief_aftercare(by=request.actor, treatment_session=row, at=clock.now()),
    )  # fmt: skip


@access(Permission.TREAT)
@require_POST
def session_sign(request: ClinicRequest, pk: int) -> HttpResponse:
    """Sign the session."""

    def sign(row: TreatmentSession, form: Any) -> None:
        confirmed = identify(request, form)
        services.sign_session(
            by=request.actor, treatment_session=row, confirmed=confirmed,
            row_version=form.cleaned_data["row_version"], at=confirmed.at,
        )  # fmt: skip

    return _step(request, pk, "sign_form", lambda row: SignatureForm(request.POST, row_version=row.row_version), sign)


@access(Permission.TREAT)
@require_http_methods(["POST"])
def session_not_proceeded(request: ClinicRequest, pk: int) -> HttpResponse:
    """Record that the session did not proceed."""
    return _step(
        request, pk, "not_proceeded_form",
        lambda row: NotProceededForm(request.POST, today=clock.today(request.actor.site)),
        lambda row, form: services.did_not_proceed(
            by=request.actor, treatment_session=row, reason=form.cleaned_data["reason"],
            next_on=form.cleaned_data["next_on"], at=clock.now(),
        ),
    )  # fmt: skip
