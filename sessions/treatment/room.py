"""What the session's page shows: computed here, so that the template only lays it out."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.beside import amending_of
from clinic.amounts import millilitre_column, millilitre_text
from clinic.codes import unknown
from clinic.components.flow import Step
from clinic.components.status import Reason
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.web.forms import ClinicForm, SignatureForm
from sessions.gate.gate import gate_for
from sessions.gate.stops import VIAL_STOPS, Stop, StopCode, without_vial
from sessions.plans.queries import waiting
from sessions.treatment.documents import hand_overs, late_of
from sessions.treatment.forms import (
    EmptyForm,
    ExplainForm,
    LateZoneForm,
    NotProceededForm,
    RestForm,
    TakeOverForm,
    VialForm,
    ZoneForm,
)
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession
from sessions.treatment.panel import gate_panel
from sessions.treatment.queries import next_step, vial_drift, zone_volumes
from sessions.treatment.reconciliation import deviation, injected_ul, unaccounted_ul
from sessions.treatment.services import missing_for_signature
from sessions.treatment.services.signing import stops_at_signature
from sessions.treatment.under import given_under

#: The forms that stand in the injection map.
MAP_FORMS = ("zone_form", "late_form", "change_form", "explain_form", "remove_form")
STEPS = ("ready", "vial", "map", "rest", "briefing", "sign")


def room(*, by: Actor, row: TreatmentSession, at: datetime, forms: Mapping[str, ClinicForm]) -> dict[str, Any]:
    """Return the context of the session's page; `forms` are those that were just refused."""
    is_open = row.status == SessionStatus.OPEN
    may_act = is_open and by.may(Permission.TREAT)
    has_zones = bool(row.zones.all())
    found = gate_for(by=by, planned=row.planned, vial=row.vial, at=at, injected=has_zones) if is_open else []
    drift = vial_drift(row)
    step = next_step(row, found, drifted=bool(drift)) if is_open else "done"
    missing = missing_for_signature(row, found, at=at) if is_open else []
    shows = _shown(row, found, by=by, drift=drift) if may_act else set()
    entries = _entries(row)
    unexplained = next((entry for entry in entries if entry["outside"] and not entry["reason"]), None)
    shows -= _without_a_row(forms, unexplained)
    under = given_under(row)
    if may_act and row.vial_id and (found or drift or under.interruptions or "late_form" in forms):
        shows.add("late_form")
    kept_out = "late_form" in shows and "zone_form" in forms and "zone_form" not in shows
    # One primary action: that of the step where the session stands, or of what a stop kept out.
    acting = "late" if kept_out or "late_form" in forms else step
    documents = [] if is_open else list(documents_about(row))
    context: dict[str, Any] = {
        "row": row,
        "patient": row.patient,
        "is_open": is_open,
        "unknown_state": unknown(SessionStatus, row.status),
        "may_act": may_act,
        "shows": shows,
        "gate": gate_panel(row, found, drift=drift),
        "has_zones": has_zones,
        "step": step,
        "vial_kind": _kind(acting, "vial"),
        "zone_kind": "plain" if unexplained else _kind(acting, "map"),
        "late_kind": _kind(acting, "late"),
        "rest_kind": _kind(acting, "rest"),
        "briefing_kind": _kind(acting, "briefing"),
        "open_steps": _open_steps(
            step, has_zones=has_zones, refused=set(forms), late="late_form" in shows and "zone_form" not in shows
        ),
        "steps": (
            _steps(row, step, since=_done_since(row), stopped=_stopped(stops_at_signature(row, found, at=at), drift))
            if is_open
            else []
        ),
        # What was typed and refused since something stopped the session has its place in the form of what was before.
        "typed_before_stop": kept_out,
        "late_open": "zone_form" not in shows or "late_form" in forms,
        "missing": [Reason(each.text, each.url) for each in missing],
        "meaning": _("I performed this session as recorded."),
        "zones": entries,
        "unexplained": unexplained,
        "explain_kind": _kind(acting, "map"),
        "papers": under.groups,
        "interruptions": under.interruptions,
        "hand_overs": hand_overs(row),
        "conditions": under.conditions,
        "balance": _balance(row),
        "documents": newest_of_each_kind(documents),
        "amending": amending_of(by, row, documents),
        "next_due": None if is_open or row.planned.plan.ended_at else waiting(row.planned.plan).first(),
        # A form that was refused and has no place on the page any more: its errors are said at the top.
        "lost": [form for name, form in forms.items() if name not in shows],
    }
    if may_act:
        context.update(_forms(by=by, row=row, at=at, typed=forms["zone_form"] if kept_out else None))
    context.update(forms)
    return context


def _without_a_row(forms: Mapping[str, ClinicForm], unexplained: Mapping[str, Any] | None) -> set[str]:
    """Return the refused forms whose entry of the map is gone, or has its reason by now."""
    gone = set()
    change_form, explain_form = forms.get("change_form"), forms.get("explain_form")
    if isinstance(change_form, ZoneForm) and change_form.entry is None:
        gone.add("change_form")
    if isinstance(explain_form, ExplainForm) and (unexplained is None or explain_form.entry_id != unexplained["pk"]):
        gone.add("explain_form")
    return gone


def _entries(row: TreatmentSession) -> list[dict[str, Any]]:
    """Return the entries of the injection map as its table shows them."""
    protocol = row.protocol_version
    bounds = {"least_ul": protocol.site_volume_min_ul, "most_ul": protocol.site_volume_max_ul}
    zones = list(row.zones.all())
    alike = Counter(map(_as_typed, zones))
    return [
        {
            "pk": entry.pk,
            # Whoever typed a row twice sees it while it can be taken out.
            "again": row.status == SessionStatus.OPEN and alike[_as_typed(entry)] > 1,
            "name": entry.get_zone_display(),
            "points": entry.points,
            "per_site": millilitre_column(entry.volume_per_site_ul),
            "total": millilitre_column(entry.total_ul),
            "outside": deviation(volume, **bounds),
            "reason": entry.deviation_reason,
            "late": late_of(row, entry),
        }
        for entry, volume in zip(zones, zone_volumes(row), strict=True)
    ]


def _as_typed(entry: InjectionZone) -> tuple[str, int, int]:
    return entry.zone, entry.points, entry.volume_per_site_ul


def _kind(step: str, name: str) -> str:
    return "primary" if step == name else "plain"


def _shown(row: TreatmentSession, found: list[Stop], *, by: Actor, drift: str) -> set[str]:
    """Return the forms that have their place on the page of an open session."""
    has_zones = bool(row.zones.all())
    shows = {"briefing_form"} if row.vial_id else set()
    if drift or (not has_zones and not without_vial(found)):
        shows.add("vial_form")
    if row.vial_id and not found and not drift:
        shows.add("zone_form")
    if row.vial_id and (has_zones or not found):
        shows.add("rest_form")
    if has_zones:
        shows |= {"change_form", "explain_form"}
        shows |= {"sign_form"} if row.operator_id == by.user.pk else set()
    else:
        shows.add("not_proceeded_form")
    if row.operator_id != by.user.pk:
        shows.add("take_over_form")
    return shows


def _open_steps(step: str, *, has_zones: bool, refused: set[str], late: bool) -> set[str]:
    """Return the steps that stand open; what is done is folded to a line.

    In a session that was stopped the map is open: what was injected before and isn't typed yet comes first.
    """
    opened = {step, "map"} if late else {step}
    if step == "rest":  # the next zone, or what is left: both are at hand until the amounts are there
        opened.add("map")
    if step == "sign":
        opened.add("briefing")
    by_form = {"vial_form": "vial", "rest_form": "rest"} | dict.fromkeys(MAP_FORMS, "map")
    return opened | {by_form[name] for name in refused if name in by_form}


def _forms(
    *, by: Actor, row: TreatmentSession, at: datetime, typed: ClinicForm | None
) -> dict[str, ClinicForm]:  # fmt: skip
    """Return the forms of the page; what was `typed` of a zone that the stop kept out stands in the late one."""
    return {
        "vial_form": VialForm(),
        "zone_form": ZoneForm(row=row),
        "late_form": LateZoneForm.of(typed, row) if isinstance(typed, ZoneForm) else LateZoneForm(row=row),
        "explain_form": ExplainForm(),
        "rest_form": RestForm(
            row_version=row.row_version,
            initial={
                "wasted": row.wasted_ul,
                "remaining": row.remaining_ul,
                "anaesthesia": row.anaesthesia,
                "notes": row.notes,
            },
        ),
        "briefing_form": EmptyForm(),
        "sign_form": SignatureForm(row_version=row.row_version),
        "take_over_form": TakeOverForm(row_version=row.row_version),
        "not_proceeded_form": NotProceededForm(today=clock.local(at, by.site).date()),
    }


def _balance(row: TreatmentSession) -> dict[str, str | int | bool] | None:
    if row.vial_start_ul is None:
        return None
    zones = zone_volumes(row)
    said = row.wasted_ul is not None and row.remaining_ul is not None
    wasted, remaining = row.wasted_ul or 0, row.remaining_ul or 0
    difference = unaccounted_ul(start_ul=row.vial_start_ul, zones=zones, wasted_ul=wasted, remaining_ul=remaining)
    return {
        "start": millilitre_text(row.vial_start_ul),
        "injected": millilitre_text(injected_ul(zones)),
        "still_there": millilitre_text(max(0, row.vial_start_ul - injected_ul(zones))),
        "said": said,
        "wasted": millilitre_text(wasted),
        "remaining": millilitre_text(remaining),
        "difference": millilitre_text(abs(difference)),
        "points": sum(zone.points for zone in zones),
        "balances": said and difference == 0,
        "too_much": difference < 0,
    }


def _stopped(found: list[Stop], drift: str) -> set[str]:
    """Return the steps at which something stops the session, what only the passing of time brought left out."""
    # That none was scanned yet is the step itself, nothing that went wrong.
    at_vial = drift or any(stop.code in VIAL_STOPS - {StopCode.NO_VIAL} for stop in found)
    return ({"ready"} if without_vial(found) else set()) | ({"vial"} if at_vial else set())


def _done_since(row: TreatmentSession) -> set[str]:
    """Return the steps that are done though one before them isn't any more, as when a zone was taken out."""
    done = {"briefing"} if row.briefed_at is not None else set()
    balance = _balance(row)
    return done | {"rest"} if balance is not None and balance["balances"] else done


def _steps(row: TreatmentSession, step: str, *, since: set[str], stopped: set[str]) -> list[Step]:
    labels = {
        "ready": _("Papers in order"),
        "vial": _("Vial"),
        "map": _("Injection map"),
        "rest": _("Amounts"),
        "briefing": _("Briefing"),
        "sign": _("Signature"),
    }
    reached = STEPS.index(step)
    address = reverse("treatment_session", args=[row.pk])
    shown = []
    for index, name in enumerate(STEPS):
        state = "current" if index == reached else "done" if index < reached or name in since else "todo"
        if name in stopped and state != "todo":
            state = "stopped"  # what was in order once, and is no more, too: a tick above a stop would contradict it
        shown.append(Step(labels[name], state, f"{address}#{name}"))
    return shown
