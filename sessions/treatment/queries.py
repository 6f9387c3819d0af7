"""A session as the rules see it, and the step that its screen opens."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.models import Site
from clinic.amounts import millilitre_text
from sessions.gate.stops import Stop, StopCode, without_vial
from sessions.plans.models import PlannedSession
from sessions.plans.queries import due_sessions
from sessions.preparation.queries import remaining_ul
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession
from sessions.treatment.reconciliation import ZoneVolume, deviation, unaccounted_ul, unexplained


def due_to_begin(site: Site | int, *, until: date) -> QuerySet[PlannedSession]:
    """Return the sessions due at `site` up to and including `until` that aren't in progress; one query."""
    running = TreatmentSession.objects.filter(planned=OuterRef("pk"), status=SessionStatus.OPEN)
    return due_sessions(site, until=until).exclude(Exists(running))


def zone_volumes(treatment_session: TreatmentSession) -> list[ZoneVolume]:
    """Return the entries of the injection map as the rules see them; one query, none when they are prefetched."""
    return [
        ZoneVolume(str(zone.get_zone_display()), zone.points, zone.volume_per_site_ul, zone.deviation_reason)
        for zone in treatment_session.zones.all()
    ]


def vial_drift(treatment_session: TreatmentSession) -> str:
    """Return, in a sentence, that the vial of an open session was drawn from elsewhere since its scan; else ""."""
    row = treatment_session
    if row.status != SessionStatus.OPEN or row.vial is None or row.vial_start_ul is None:
        return ""
    left_ul = remaining_ul(row.vial)
    if left_ul == row.vial_start_ul:
        return ""
    return _("Vial %(code)s held %(start)s mL when it was scanned and %(left)s mL now. Scan it again.") % {
        "code": row.vial.shown_code,
        "start": millilitre_text(row.vial_start_ul),
        "left": millilitre_text(left_ul),
    }


def day_of_injections(treatment_session: TreatmentSession) -> date:
    """Return the day at the site of the last injection, else that of the vial: a time that is typed later is of it."""
    row = treatment_session
    return clock.local(row.injected_at or row.vial_at or row.started_at, row.site).date()


def to_explain(treatment_session: TreatmentSession) -> list[str]:
    """Return a sentence for each volume per site outside of the session's protocol that has no reason yet."""
    protocol = treatment_session.protocol_version
    return unexplained(
        zone_volumes(treatment_session), least_ul=protocol.site_volume_min_ul, most_ul=protocol.site_volume_max_ul
    )


def outside_volumes(sessions: QuerySet[TreatmentSession]) -> QuerySet[TreatmentSession]:
    """Return those of `sessions` with a volume per site outside of their protocol."""
    protocol = "treatment_session__protocol_version__"
    outside = InjectionZone.objects.filter(
        Q(volume_per_site_ul__lt=F(f"{protocol}site_volume_min_ul"))
        | Q(volume_per_site_ul__gt=F(f"{protocol}site_volume_max_ul"))
    )
    return sessions.filter(pk__in=outside.values("treatment_session"))


def entered_late(sessions: QuerySet[TreatmentSession]) -> QuerySet[TreatmentSession]:
    """Return those of `sessions` with points that were entered after something had stopped them."""
    late = InjectionZone.objects.filter(injected_at__isnull=False)
    return sessions.filter(pk__in=late.values("treatment_session"))


def deviations(treatment_session: TreatmentSession) -> list[str]:
    """Return a sentence with its reason for each volume per site outside of the session's protocol."""
    protocol = treatment_session.protocol_version
    return [
        f"{said} {zone.reason}".strip()
        for zone in zone_volumes(treatment_session)
        if (said := deviation(zone, least_ul=protocol.site_volume_min_ul, most_ul=protocol.site_volume_max_ul))
    ]


def reconciles(treatment_session: TreatmentSession) -> bool:
    """Whether every microlitre of the vial is accounted for."""
    row = treatment_session
    if row.vial_start_ul is None or row.wasted_ul is None or row.remaining_ul is None:
        return False
    left_ul = unaccounted_ul(
        start_ul=row.vial_start_ul, zones=zone_volumes(row), wasted_ul=row.wasted_ul, remaining_ul=row.remaining_ul
    )
    return left_ul == 0


def next_step(treatment_session: TreatmentSession, found: Iterable[Stop], *, drifted: bool = False) -> str:
    """Return the key of the step that the screen opens: the first that isn't done.

    `found` is what stops the session now. Once something was injected, what has to be written down comes first.
    """
    row = treatment_session
    found = list(found)
    zones = list(row.zones.all())
    if not zones and without_vial(found):
        return "ready"
    if drifted or row.vial_id is None or (not zones and any(stop.code is not StopCode.NO_VIAL for stop in found)):
        return "vial"
    if not zones or to_explain(row):
        return "map"
    if not reconciles(row):
        return "rest"
    return "briefing" if row.briefed_at is None else "sign"
