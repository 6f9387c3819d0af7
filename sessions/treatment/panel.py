"""What stops an open session now, as the panel at the top of its page says it; it asks again by itself meanwhile."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.components.status import Reason
from sessions.gate.gate import gate_for
from sessions.gate.stops import VIAL_STOPS, Stop, without_vial
from sessions.treatment.models import SessionStatus, TreatmentSession
from sessions.treatment.queries import vial_drift


@dataclass(frozen=True, slots=True)
class GatePanel:
    """The gate's answer: `title` is that of a stop; `state` stands for all that the panel says."""

    title: str
    paper_stops: list[Reason]
    vial_stops: list[Reason]
    closed: bool = False

    @property
    def state(self) -> str:
        """A short text that is another one once the panel says something else."""
        said = repr((self.title, self.paper_stops, self.vial_stops, self.closed))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def gate_panel(row: TreatmentSession, found: Sequence[Stop], *, drift: str) -> GatePanel:
    """Return the panel of the open session `row`, of which `found` is the gate's answer."""
    vial_stops = [Reason(stop.message, stop.url) for stop in found if stop.code in VIAL_STOPS] if row.vial_id else []
    return GatePanel(
        title=_("Stop: no further injection") if row.zones.all() else _("Stop: before the needle"),
        paper_stops=[Reason(stop.message, stop.url) for stop in without_vial(found)],
        vial_stops=[*vial_stops, Reason(drift, "")] if drift else vial_stops,
    )


def panel_now(row: TreatmentSession, *, by: Actor, at: datetime) -> GatePanel:
    """Return the panel of `row` at `at`, without the rest of its page; of a session that is over, that it is."""
    if row.status != SessionStatus.OPEN:
        return GatePanel("", [], [], closed=True)
    found = gate_for(by=by, planned=row.planned, vial=row.vial, at=at, injected=bool(row.zones.all()))
    return gate_panel(row, found, drift=vial_drift(row))
