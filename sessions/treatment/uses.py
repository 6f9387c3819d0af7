"""Which signed sessions were given under a version of a protocol."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.permissions import Permission
from protocols.decisions.models import Decision
from protocols.decisions.uses import Used, register_uses
from protocols.models import (
    ChecklistVersion,
    ConsentScriptVersion,
    FormulationVersion,
    PhotoProtocolVersion,
    TreatmentProtocolVersion,
)
from sessions.treatment.models import SessionStatus, TreatmentSession

#: By which path a session leads to the version of each kind.
PATHS: dict[type[Decision], str] = {
    FormulationVersion: "vial__preparation__formulation_version",
    TreatmentProtocolVersion: "protocol_version",
    ChecklistVersion: "checklist__version",
    ConsentScriptVersion: "consent__script_version",
    PhotoProtocolVersion: "baseline_photos__protocol_version",
}


def _rows(path: str) -> Any:
    def rows(version: Decision) -> QuerySet[TreatmentSession]:
        signed = TreatmentSession.objects.filter(site_id=version.site_id, status=SessionStatus.SIGNED)
        return signed.filter(**{path: version.pk}).select_related("patient", "operator")

    return rows


def _line(session: TreatmentSession) -> Used:
    return Used(
        at=session.started_at,
        text=_("Session of %(patient)s, %(record)s")
        % {"patient": session.patient.full_name, "record": session.patient.record_number},
        who=str(session.operator),
        url=reverse("treatment_session", args=[session.pk]),
    )


for model, path in PATHS.items():
    register_uses(model, permission=Permission.READ_SESSIONS, rows=_rows(path), line=_line)
