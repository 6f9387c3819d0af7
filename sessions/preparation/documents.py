"""What a preparation's signature covers, what its record prints, and what the labels of its vials say."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import clock
from clinic.accounts.models import Site
from clinic.amounts import millilitre_column, millilitre_text
from clinic.dates import day_text
from clinic.documents.labels import VialLabel, labels
from clinic.documents.letters import NO_BREAK
from clinic.documents.snapshots import fields, paragraphs, table, verdict
from protocols.formulations.models import LineRole
from sessions.preparation.deviations import Found
from sessions.preparation.models import Preparation, PreparationStatus, Vial
from sessions.preparation.queries import BenchLine
from sessions.preparation.vials import shown_code
from sessions.preparation.volumes import departure, percent_text

#: So many letters of a site's name have room on a label.
LONGEST_CLINIC = 20


def signed_content(
    row: Preparation, bench: Sequence[BenchLine], found: Sequence[Found], vials: Sequence[Vial]
) -> dict[str, Any]:
    """Return everything that a preparation says, which is what is signed; all that is shown is copied into it."""
    version = row.formulation_version
    approval = version.approval_signature
    return {
        "number": row.number,
        "site": row.site.name,
        "time_zone": row.site.time_zone,
        "status": row.status,
        "formulation": {
            "version_id": version.pk,
            "code": version.formulation.code,
            "name": version.formulation.name,
            "version": version.number,
            "approved_by": approval.printed_name if approval else "",
            "approval_sha256": approval.content_sha256 if approval else "",
            "container": version.container,
            "storage": str(version.get_storage_display()),
            "appearance": version.appearance,
            "reject_when": version.reject_when,
            "beyond_use_hours": version.beyond_use_hours,
            "beyond_use_basis": version.beyond_use_reason,
        },
        "preparer": {"id": row.preparer_id, "name": row.preparer.full_name},
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "batch_ul": row.batch_ul,
        "made_ul": row.made_ul,
        "vial_count": row.vial_count,
        "visual_check": row.visual_check,
        "notes": row.notes,
        "beyond_use_at": row.beyond_use_at,
        "beyond_use_reason": row.beyond_use_reason,
        "lines": [_line(each) for each in bench],
        "deviations": [
            {"kind": each.kind, "line": each.ordinal, "permille": each.permille, "detail": each.detail}
            for each in found
        ],
        "deviation_reason": row.deviation_reason,
        "critical_steps": [
            {"ordinal": step.ordinal, "text": step.text, "done_at": step.done_at} for step in row.critical_steps.all()
        ],
        "vials": [{"ordinal": vial.ordinal, "code": vial.code, "volume_ul": vial.volume_ul} for vial in vials],
    }


def _line(each: BenchLine) -> dict[str, Any]:
    line, lot = each.line, each.lot
    off = (
        departure(target_ul=line.target_ul, measured_ul=line.measured_ul, tolerance_percent=line.tolerance_percent)
        if line.measured_ul is not None
        else None
    )
    return {
        "ordinal": line.ordinal,
        "ingredient": line.ingredient_name,
        "target_ul": line.target_ul,
        "tolerance_percent": line.tolerance_percent,
        "measured_ul": line.measured_ul,
        "measured_at": line.measured_at,
        "percent": off.percent if off else None,
        "within": off.within if off else None,
        "lot": None
        if lot is None
        else {
            "id": lot.pk,
            "product": lot.product,
            "manufacturer": lot.manufacturer,
            "lot_number": lot.lot_number,
            "expires_on": lot.expires_on,
            "opened_at": each.lot_standing.opened_at if each.lot_standing else None,
            "opened_limit_days": lot.opened_limit_days,
        },
    }


def printed_content(
    content: Mapping[str, Any], signatures: Iterable[Mapping[str, str]], *, site: Site
) -> dict[str, Any]:
    """Return the snapshot of the printed record: what was signed, and the same in words."""
    return {
        "record": dict(content),
        "sections": _sections(content, site),
        "signatures": [dict(signature) for signature in signatures],
    }


def _sections(content: Mapping[str, Any], site: Site) -> list[dict[str, Any]]:
    formulation = content["formulation"]
    sections = [
        _outcome(content, site),
        fields(
            _("Preparation"),
            [
                (_("Number"), content["number"]),
                (
                    _("Formulation"),
                    _("%(code)s %(name)s, version %(version)s, approved by %(approver)s")
                    % {**formulation, "approver": formulation["approved_by"] or "–"},
                ),
                (_("Prepared by"), content["preparer"]["name"]),
                (
                    _("Begun and finished"),
                    f"{_moment(content['started_at'], site)} – {_moment(content['finished_at'], site)}",
                ),
                (_("Batch"), _ml(content["batch_ul"])),
                (_("Made"), _made(content)),
                (_("Container and closure"), formulation["container"]),
                (_("Storage"), formulation["storage"]),
                (_("Visual check"), _look(content)),
                (_("Notes"), content["notes"]),
            ],
        ),
        _lines_table(content, site),
        _lots_table(content, site),
    ]
    if content["critical_steps"]:
        sections.append(_steps_table(content, site))
    if content["deviations"]:
        found = [each["detail"] + "." for each in content["deviations"]]
        reason = _("Reason given: %(reason)s") % {"reason": content["deviation_reason"]}
        sections.append(paragraphs(_("Deviations"), [*found, reason]))
    if content["vials"]:
        sections.append(
            table(
                _("Vials"),
                [_("Vial"), _("Code"), _("Volume")],
                [
                    [f"{each['ordinal']}/{content['vial_count']}", shown_code(each["code"]), _ml(each["volume_ul"])]
                    for each in content["vials"]
                ],
                numeric=[2],
                wide=1,
            )
        )
    return sections


def _outcome(content: Mapping[str, Any], site: Site) -> dict[str, Any]:
    if content["status"] == PreparationStatus.REJECTED:
        return verdict(_("Rejected: not to be used"), mark="stop")
    use_before = _("Use before %(moment)s") % {"moment": _moment(content["beyond_use_at"], site)}
    reasons = [_("Limited by %(reason)s.") % {"reason": content["beyond_use_reason"]}]
    count = len(content["deviations"])
    if count:
        reasons.append(_("Deviations recorded for the weekly audit: %(count)d.") % {"count": count})
    return verdict(use_before, mark="ask" if count else "ok", reasons=reasons)


def _lines_table(content: Mapping[str, Any], site: Site) -> dict[str, Any]:
    return table(
        _("Ingredients in the order of adding"),
        [_("Ingredient"), _("Target"), _("Measured"), _("Off target"), _("Tolerance"), _("At")],
        [
            [
                f"{each['ordinal']}. {each['ingredient']}",
                _ml_column(each["target_ul"]),
                _ml_column(each["measured_ul"]),
                "–" if each["percent"] is None else percent_text(each["percent"]),
                f"± {each['tolerance_percent']} %",
                _time(each["measured_at"], site),
            ]
            for each in content["lines"]
        ],
        numeric=[1, 2, 3, 4, 5],
        marks=[_mark(each) for each in content["lines"]],
    )


def _steps_table(content: Mapping[str, Any], site: Site) -> dict[str, Any]:
    return table(
        _("Critical steps"),
        [_("Step"), _("Done at")],
        [
            [f"{each['ordinal']}. {each['text']}", _time(each["done_at"], site)]
            for each in content["critical_steps"]
        ],
        numeric=[1],
        marks=["ok" if each["done_at"] else "" for each in content["critical_steps"]],
    )  # fmt: skip


def _mark(line: Mapping[str, Any]) -> str:
    if line["within"] is None:
        return ""
    return "ok" if line["within"] else "ask"


def _made(content: Mapping[str, Any]) -> str:
    if content["made_ul"] is None:
        return _("nothing")
    count = content["vial_count"]
    text = ngettext("%(made)s in %(vials)s vial", "%(made)s in %(vials)s vials", count)
    return text % {"made": _ml(content["made_ul"]), "vials": count}


def _look(content: Mapping[str, Any]) -> str:
    words = {"right": _("as described"), "wrong": _("not as described"), "": _("not done")}[content["visual_check"]]
    described = [content["formulation"]["appearance"]]
    if content["formulation"]["reject_when"]:
        described.append(_("To reject: %(when)s") % {"when": content["formulation"]["reject_when"]})
    return f"{words} ({' '.join(described)})"


def _lots_table(content: Mapping[str, Any], site: Site) -> dict[str, Any]:
    return table(
        _("Lots"),
        [_("Lot"), _("Product"), _("Expires"), _("Opened")],
        [
            [
                f"{each['ordinal']}. {lot['lot_number']}",
                f"{lot['product']}, {lot['manufacturer']}",
                day_text(lot["expires_on"]),
                _moment(lot["opened_at"], site),
            ]
            for each, lot in ((each, each["lot"]) for each in content["lines"])
            if lot is not None
        ],
        wide=1,
    )


def label_content(row: Preparation, vials: Sequence[Vial], lines: Sequence[BenchLine]) -> dict[str, Any]:
    """Return the snapshot of the labels, one for each vial; a label names no patient.

    The square code leads to the vial's page and says nothing else. The vial's code stands beside it for people.
    """
    if row.beyond_use_at is None or row.finished_at is None:
        raise ValueError("only a signed preparation has labels")
    version = row.formulation_version
    shared = VialLabel(
        formulation=f"{version.formulation.code} {version.formulation.name}",
        version=str(version.number),
        actives=_actives(lines),
        volume="",
        route=_("INTRADERMAL SCALP"),
        preparation=row.number,
        vial="",
        prepared=_("Prep. %(moment)s %(initials)s")
        # Without the year, which the preparation's number gives: the label is small.
        % {
            "moment": date_format(clock.local(row.finished_at, row.site), "j M H:i", use_l10n=False),
            "initials": initials(row.preparer.full_name),
        },
        checked="",
        use_before=_moment(row.beyond_use_at, row.site),
        storage=str(version.get_storage_display()),
        patient="",
        warnings=beyond_the_route(version.warnings, _("INTRADERMAL SCALP")),
        code="",
        opaque_id="",
    )
    return labels(
        (
            replace(
                shared,
                vial=_("vial %(ordinal)d/%(count)d") % {"ordinal": vial.ordinal, "count": len(vials)},
                volume=_ml(vial.volume_ul),
                code=shown_code(vial.code),
                opaque_id=vial_address(vial.code),
            )
            for vial in vials
        ),
        clinic=_clinic(row.site),
    )


def beyond_the_route(warnings: str, route: str) -> str:
    """Return a label's warnings without a sentence that only repeats the route, which the label says in capitals."""
    sentences = re.split(r"(?<=[.;])\s+", warnings.strip())
    kept = [
        sentence
        for sentence in sentences
        if [word for word in re.findall(r"\w+", sentence.casefold()) if word != "only"]
        != re.findall(r"\w+", route.casefold())
    ]
    return " ".join(kept)


def _clinic(site: Site) -> str:
    """Return the site as a label names it: its name, or its code where the name is long."""
    return site.name if len(site.name) <= LONGEST_CLINIC else _("site %(code)s") % {"code": site.code}


def _actives(lines: Sequence[BenchLine]) -> str:
    """Return what works in a millilitre, by the recipe; a product's own strength alone would be read as the vial's."""
    recipe = [each.line.formulation_line for each in lines]
    return _("per mL: %(parts)s") % {
        # An amount that ended a line would be read as that of the substance before it, and names hold commas.
        "parts": "; ".join(
            f"{line.volume_ul_per_ml} µL{NO_BREAK}{line.ingredient_name} {line.concentration}".strip()
            for line in recipe
            if line.role in {LineRole.ACTIVE, LineRole.ANAESTHETIC}
        )
    }


def vial_address(code: str) -> str:
    """Return the address that the square code on a vial's label leads to."""
    return f"{settings.BASE_URL}{reverse('vial', args=[code])}"


def initials(name: str) -> str:
    """Return the first letters of a name's words, three at most."""
    return "".join(word[0] for word in name.split())[:3].upper()


def _ml(volume_ul: int | None) -> str:
    return "–" if volume_ul is None else _("%(volume)s mL") % {"volume": millilitre_text(volume_ul)}


def _ml_column(volume_ul: int | None) -> str:
    return "–" if volume_ul is None else _("%(volume)s mL") % {"volume": millilitre_column(volume_ul)}


def _moment(at: datetime | None, site: Site) -> str:
    return "–" if at is None else date_format(clock.local(at, site), "j M Y H:i", use_l10n=False)


def _time(at: datetime | None, site: Site) -> str:
    return "–" if at is None else clock.local(at, site).strftime("%H:%M:%S")
