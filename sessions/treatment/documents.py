"""What a session's signature covers, and what its document shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.amounts import millilitre_column, millilitre_text
from clinic.dates import day_text
from clinic.documents.snapshots import fields, paragraphs, table, verdict
from patients.registry.identity import identity
from sessions.treatment.given_under import heading, interruptions, late_words
from sessions.treatment.models import InjectionZone, TreatmentSession, Zone
from sessions.treatment.papers import Line, lines, parts_given, since_papers, version_lines
from sessions.treatment.reconciliation import ZoneVolume, deviation


def session_content(row: TreatmentSession, *, since: Sequence[str] = ()) -> dict[str, Any]:
    """Return everything that the operator signs; all that is shown is copied into it.

    The session has its checklist, consent, baseline photographs and vial. `since` are the sentences of what came
    to stop it after the last injection; the notes then say what happened, and the zones without an entry weren't
    treated. Every paper under which points were injected is named with those, and with what ended it since.
    """
    beyond_use_at = row.vial.preparation.beyond_use_at if row.vial else None
    if (
        row.vial is None
        or beyond_use_at is None
        or row.checklist is None
        or row.consent is None
        or row.baseline_photos is None
    ):
        raise ValueError("a session is signed with its checklist, consent, photographs and vial")
    protocol, preparation = row.protocol_version, row.vial.preparation
    zones = list(row.zones.all())
    treated, injected = {zone.zone for zone in zones}, sum(zone.total_ul for zone in zones)
    return {
        "patient": identity(row.patient),
        "site": row.site.name,
        "on": row.on,
        "on_text": day_text(row.on),
        "started": clock.local(row.started_at, row.site).strftime("%H:%M"),
        "injected": clock.local(row.injected_at, row.site).strftime("%H:%M") if row.injected_at else "",
        "since": list(since),
        "phase": str(row.planned.get_phase_display()),
        "ordinal": row.planned.ordinal,
        "operator": row.operator.full_name,
        "handed_over": hand_overs(row),
        "protocol": {
            "version": protocol.number,
            "needle": f"{protocol.needle_gauge}G × {protocol.needle_length_mm} mm",
            "grid_mm": protocol.grid_spacing_mm,
            "per_site_least": millilitre_text(protocol.site_volume_min_ul),
            "per_site_most": millilitre_text(protocol.site_volume_max_ul),
        },
        "formulation": str(preparation.formulation_version),
        "formulation_version": preparation.formulation_version_id,
        "preparation": preparation.number,
        "preparer": preparation.preparer.full_name,
        "vial": row.vial.shown_code,
        "beyond_use": beyond_use_at,
        "beyond_use_text": clock.local(beyond_use_at, row.site).strftime("%-d %b %Y, %H:%M %Z"),
        "checklist": row.checklist_id,
        "checklist_sha256": row.checklist.signature.content_sha256 if row.checklist.signature else "",
        "consent": row.consent_id,
        "baseline_photos": row.baseline_photos_id,
        "baseline_on": row.baseline_photos.taken_on,
        "anaesthesia": row.anaesthesia,
        "notes": row.notes,
        **_given_under(row),
        "not_treated": [str(zone.label) for zone in Zone if zone not in treated] if since else [],
        "zones": [
            {
                **zone.describe(),
                "name": str(zone.get_zone_display()),
                "late": late_of(row, zone),
                "outside": deviation(
                    ZoneVolume(str(zone.get_zone_display()), zone.points, zone.volume_per_site_ul),
                    least_ul=protocol.site_volume_min_ul,
                    most_ul=protocol.site_volume_max_ul,
                ),
                "per_site_text": millilitre_column(zone.volume_per_site_ul),
                "total_text": millilitre_column(zone.total_ul),
            }
            for zone in zones
        ],
        "points": sum(zone.points for zone in zones),
        "start_ul": row.vial_start_ul,
        "injected_ul": injected,
        "wasted_ul": row.wasted_ul,
        "remaining_ul": row.remaining_ul,
        "amounts": {
            "start": millilitre_column(row.vial_start_ul or 0),
            "injected": millilitre_column(injected),
            "wasted": millilitre_column(row.wasted_ul or 0),
            "remaining": millilitre_column(row.remaining_ul or 0),
        },
        "briefed": clock.local(row.briefed_at, row.site).strftime("%H:%M") if row.briefed_at else "",
    }


def _given_under(row: TreatmentSession) -> dict[str, Any]:
    """Return under which papers the points were injected, part by part, and what interrupted that."""
    parts, ended = parts_given(row), since_papers(row).ended
    return {
        "given_under": [
            {
                "heading": heading(part, row.site, row.on),
                "zones": list(part.zones),
                "recorded": [part.first_at, part.last_at],
                "papers": part.papers,
                "lines": [_told(line) for line in lines(part.papers, ended=ended, site=row.site, on=row.on)],
            }
            for part in parts
        ],
        "interruptions": interruptions(parts, ended, row.site, row.on),
    }


def _told(line: Line) -> list[str]:
    return [line.term, " – ".join(filter(None, [line.text, line.conditions, line.ended]))]


def late_of(row: TreatmentSession, zone: InjectionZone) -> str:
    """Return when an entry was injected that was typed late, when it was entered and why; "" of any other."""
    if zone.injected_at is None or zone.recorded_at is None:
        return ""
    return late_words(zone.injected_at, zone.recorded_at, zone.late_reason, row.site, row.on)


def points_entered_late(row: TreatmentSession) -> list[str]:
    """Return, a sentence for each, when the late entries of `row` were injected and entered, and why so late."""
    return [f"{zone.get_zone_display()}: {late}" for zone in row.zones.all() if (late := late_of(row, zone))]


def hand_overs(row: TreatmentSession) -> list[str]:
    """Return in sentences who performed the session before its operator, and why that changed."""
    return [
        _("%(at)s from %(first)s to %(second)s: %(reason)s")
        % {
            "at": clock.local(datetime.fromisoformat(each["at"]), row.site).strftime("%H:%M"),
            "first": each["from"], "second": each["to"], "reason": each["reason"],
        }
        for each in row.handed_over
    ]  # fmt: skip


def sections(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how the signed content of a session is laid out on its document."""
    protocol, amounts = content["protocol"], content["amounts"]
    shown = [
        fields(
            _("Session"),
            [
                (
                    _("Begun, last injection"),
                    f"{content['on_text']}, {content['started']}, {content['injected'] or '–'}",
                ),
                (_("Phase"), f"{content['phase']} {content['ordinal']}"),
                (_("Operator"), content["operator"]),
                *((_("Handed over"), line) for line in content["handed_over"]),
                (_("Anaesthesia"), content["anaesthesia"]),
                (_("Baseline photographs"), day_text(content["baseline_on"])),
                (
                    _("Needle and grid, protocol version %(version)s") % {"version": protocol["version"]},
                    f"{protocol['needle']}, {protocol['grid_mm']} mm",
                ),
                (_("Aftercare briefing"), content["briefed"]),
                (_("Notes"), content["notes"]),
            ],
        ),
        *_papers(content),
        fields(
            _("Formulation and vial"),
            [
                (_("Formulation"), content["formulation"]),
                (_("Vial"), content["vial"]),
                (_("Preparation"), f"{content['preparation']}, {content['preparer']}"),
                (_("Use before"), content["beyond_use_text"]),
            ],
        ),
        table(
            _("Injection map, %(least)s to %(most)s mL per site allowed")
            % {"least": protocol["per_site_least"], "most": protocol["per_site_most"]},
            [_("Zone"), _("Points"), _("mL per site"), _("mL")],
            [
                [
                    " – ".join(filter(None, [zone["name"], zone["late"]])),
                    *[str(zone["points"]), zone["per_site_text"], zone["total_text"]],
                ]
                for zone in content["zones"]
            ],
            numeric=(1, 2, 3),
        ),
        *([paragraphs(_("Not treated"), [", ".join(content["not_treated"])])] if content["not_treated"] else []),
        table(
            _("Reconciliation"),
            [_("Amount"), _("mL")],
            [
                [_("In the vial at the start"), amounts["start"]],
                [_("Injected, in %(points)s points") % {"points": content["points"]}, amounts["injected"]],
                [_("Wasted"), amounts["wasted"]],
                [_("Left in the vial"), amounts["remaining"]],
            ],
            numeric=(1,),
        ),
    ]
    if outside := [f"{zone['outside']} {zone['deviation_reason']}" for zone in content["zones"] if zone["outside"]]:
        shown.insert(0, verdict(_("Volume per site outside of the protocol"), mark="ask", reasons=outside))
    if content["since"]:
        since = verdict(_("Since the last injection; see the notes"), mark="note", reasons=content["since"])
        shown.insert(0, since)
    if content["interruptions"]:
        words = _("Papers under which points were injected ended before the signature")
        shown.insert(0, verdict(words, mark="note", reasons=content["interruptions"]))
    return shown


def _papers(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the papers in a section, or where points were injected under several in one for each part."""
    protocol = _("Version %(version)s") % {"version": content["protocol"]["version"]}
    versions = [(line.term, line.text) for line in version_lines(protocol=protocol)]
    parts = content["given_under"]
    if len(parts) == 1:
        return [fields(_("Given under"), [*versions, *parts[0]["lines"]])]
    return [fields(_("Given under"), versions), *(fields(part["heading"], part["lines"]) for part in parts)]
