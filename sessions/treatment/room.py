"""What the session's page shows: computed here, so that the template only lays it out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.components.flow import Step
from clinic.components.status import Reason
from clinic.documents.queries import documents_about
from clinic.web.forms import ClinicForm, SignatureForm
from sessions.gate.stops import VIAL_STOPS, Stop, without_vial
from sessions.treatment.forms import EmptyForm, NotProceededForm, RestForm, VialForm, ZoneForm
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.reconciliation import injected_ul, unaccounted_ul
from sessions.treatment.services import missing_for_signature, next_step, stops_now, zone_volumes

STEPS = ("ready", "vial", "map", "rest", "briefing", "sign")


def room(*, by: Actor, row: TreatmentSession, at: datetime, forms: Mapping[str, ClinicForm]) -> dict[str, Any]:
    """Return the context of the session's page; `forms` are those that were just refused."""
    is_open = row.status == SessionStatus.OPEN
    found = stops_now(by=by, treatment_session=row, at=at) if is_open else []
    step = next_step(row, found) if is_open else "done"
    context: dict[str, Any] = {
        "row": row,
        "patient": row.patient,
        "is_open": is_open,
        "may_treat": by.may(Permission.TREAT),
        "paper_stops": [Reason(stop.message, stop.url) for stop in without_vial(found)],
        "papers_in_order": not without_vial(found),
        "vial_stops": [Reason(stop.message, stop.url) for stop in found if stop.code in VIAL_STOPS and row.vial_id],
        "goes_on": not found,
        "step": step,
        "steps": _steps(row, step, found) if is_open else [],
        "missing": missing_for_signature(by=by, treatment_session=row, at=at) if is_open else [],
        "meaning": _("I performed this session as recorded."),
        "zones": [
            {
                "code": zone.zone,
                "name": zone.get_zone_display(),
                "points": zone.points,
                "per_site": millilitre_text(zone.volume_per_site_ul),
                "total": millilitre_text(zone.total_ul),
            }
            for zone in row.zones.all()
        ],
        "balance": _balance(row),
        "documents": [] if is_open else documents_about(row),
    }
    if is_open and by.may(Permission.TREAT):
        context.update(_forms(by=by, row=row, at=at))
    context.update(forms)
    return context


def _forms(*, by: Actor, row: TreatmentSession, at: datetime) -> dict[str, ClinicForm]:
    return {
        "vial_form": VialForm(),
        "zone_form": ZoneForm(row=row),
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
        "sign_form": SignatureForm(),
        "not_proceeded_form": NotProceededForm(today=clock.local(at, by.site).date()),
    }


def _balance(row: TreatmentSession) -> dict[str, str | int | bool] | None:
    if row.vial_start_ul is None:
        return None
    zones = zone_volumes(row)
    wasted, remaining = row.wasted_ul or 0, row.remaining_ul or 0
    difference = unaccounted_ul(start_ul=row.vial_start_ul, zones=zones, wasted_ul=wasted, remaining_ul=remaining)
    return {
        "start": millilitre_text(row.vial_start_ul),
        "injected": millilitre_text(injected_ul(zones)),
        "wasted": millilitre_text(wasted),
        "remaining": millilitre_text(remaining),
        "difference": millilitre_text(abs(difference)),
        "points": sum(zone.points for zone in zones),
        "balances": difference == 0,
        "too_much": difference < 0,
    }


def _steps(row: TreatmentSession, step: str, found: list[Stop]) -> list[Step]:
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
        state = "done" if index < reached else "current" if index == reached else "todo"
        if state == "current" and name == "ready" and found:
            state = "stopped"
        shown.append(Step(labels[name], state, f"{address}#{name}"))
    return shown
