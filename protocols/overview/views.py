"""The first page of the protocols: whether the site is ready, what is in force, what waits."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from protocols.aftercare.models import AftercareLeafletVersion
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.models import Decision
from protocols.formulations.queries import active_versions, against
from protocols.formulations.showing import pregnancy_text
from protocols.formulations.slots import MOST_ACTIVE_FORMULATIONS
from protocols.formulations.tables import hours_text
from protocols.kinds import KINDS, SINGLE
from protocols.languages import language_name
from protocols.overview.queries import Standing, in_force, open_versions, several_in_force
from protocols.readiness import assess
from protocols.responses.models import Complication, ComplicationResponseVersion
from protocols.starter.services import is_empty, write_starter_drafts


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def protocol_list(request: ClinicRequest) -> HttpResponse:
    """How the site stands."""
    site = request.actor.site
    formulations, documents, waiting = active_versions(site), in_force(site), open_versions(site)
    several = several_in_force(site)
    held = against(formulations)
    prefetch_related_objects(formulations, "approval_signature")
    may_write = request.actor.may(Permission.WRITE_PROTOCOLS)
    return render(
        request,
        "protocols/overview/protocols.html",
        {
            "readiness": assess(
                active_formulations=len(formulations) - len(held),
                active_kinds={*documents, *(one.kind for one in several)},
                complications={one.which for one in several if one.kind == ComplicationResponseVersion.kind},
            ),
            "formulations": [
                {
                    "version": version,
                    "lines": ", ".join(line.ingredient_name for line in version.lines.all()),
                    "pregnancy": pregnancy_text(version.lines.all()),
                    "beyond_use": hours_text(version.beyond_use_hours),
                }
                for version in formulations
            ],
            "against": [line for lines in held.values() for line in lines],
            "most": MOST_ACTIVE_FORMULATIONS,
            "documents": [
                {
                    "title": model.title_of_kind,
                    "version": documents.get(model.kind),
                    "open": next((one for one in waiting if one.kind == model.kind), None),
                    "new_url": reverse(f"{model.kind}_new"),
                    "needed": model.needed,
                }
                for model in SINGLE
            ],
            "responses": _responses(several, waiting),
            "by_language": [
                {
                    "id": model.kind,
                    "title": title,
                    "hint": hint,
                    "new_url": reverse(f"{model.kind}_new"),
                    "rows": _languages(model, several, waiting),
                }
                for model, title, hint in (
                    (ConsentScriptVersion, _("Consent scripts"), _("One for each language that patients sign in")),
                    (AftercareLeafletVersion, _("Aftercare leaflets"), _("One for each language that patients read")),
                )
            ],
            "waiting": waiting,
            "kinds": [{"title": model.title_of_kind, "kind": model.kind} for model in KINDS],
            "may_write": may_write,
            "is_empty": not (formulations or documents or waiting) and is_empty(site),
        },
    )


def _responses(several: Sequence[Standing], waiting: Sequence[Standing]) -> list[dict[str, Any]]:
    """Return a row for each complication, whether a response is in force or not."""
    kind = ComplicationResponseVersion.kind
    return [_row(str(each.label), kind, each.value, several, waiting) for each in Complication]


def _languages(
    model: type[Decision], several: Sequence[Standing], waiting: Sequence[Standing]
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each language in which a version of `model` is in force or being written."""
    written = sorted({one.which for one in (*several, *waiting) if one.kind == model.kind})
    return [_row(language_name(language), model.kind, language, several, waiting) for language in written]


def _row(
    title: str, kind: str, which: str, several: Sequence[Standing], waiting: Sequence[Standing]
) -> dict[str, Any]:  # fmt: skip
    version, being_written = (
        next((one for one in found if (one.kind, one.which) == (kind, which)), None) for found in (several, waiting)
    )
    asked = {"from": version.pk} if version else {"for": which}
    return {
        "title": title, "version": version, "open": being_written, "needed": True,
        "new_url": reverse(f"{kind}_new", query=asked),
    }  # fmt: skip


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def starter_drafts(request: ClinicRequest) -> HttpResponse:
    """Write the starter drafts of an empty site."""
    if request.method == "POST":
        try:
            write_starter_drafts(by=request.actor, at=clock.now())
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(
                request, _("The starter drafts are written. Read and change them; a physician must approve each.")
            )
    return redirect("protocol_list")
