"""Pages of formulations."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from protocols.decisions.pages import version_page
from protocols.decisions.queries import latest_approved
from protocols.drafts.views import begun_eyebrow, draft_page, may_edit, why_opened
from protocols.formulations.forms import FormulationForm, opened_with
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.formulations.services import edit_formulation, new_version, write_formulation

#: How the form of a new formulation opens: two lines and a step to begin with.
BLANK: dict[str, Any] = {"initial": {}, "rows_initial": [{}, {}], "more_initial": {"method": [{}]}}


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def formulation(request: ClinicRequest, pk: int) -> HttpResponse:
    """One version of a formulation."""
    return version_page(request, FormulationVersion, pk)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def formulation_new(request: ClinicRequest) -> HttpResponse:
    """Begin a formulation."""

    def save(form: FormulationForm) -> FormulationVersion:
        return write_formulation(
            by=request.actor, code=form.cleaned_data["code"], name=form.cleaned_data["name"], lines=form.lines(),
            submission_key=form.key, at=clock.now(), **form.recipe(),
        )  # fmt: skip

    return draft_page(
        request,
        make=partial(FormulationForm, ingredients=_ingredients(request), first=True),
        opened=BLANK,
        save=save,
        model=FormulationVersion,
        title=_("New formulation"),
        eyebrow=_("Protocols"),
        back_url=reverse("protocol_list"),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def formulation_next(request: ClinicRequest, pk: int) -> HttpResponse:
    """Write the version after this one; the form opens with what this one says, or a later one approved already."""
    before = latest_approved(_version(request, pk))

    def save(form: FormulationForm) -> FormulationVersion:
        return new_version(
            by=request.actor, formulation=before.formulation, lines=form.lines(), submission_key=form.key,
            at=clock.now(), **form.why(), **form.recipe(),
        )  # fmt: skip

    return draft_page(
        request,
        make=partial(FormulationForm, ingredients=_ingredients(request), first=False, named=False),
        opened=opened_with(before),
        save=save,
        model=FormulationVersion,
        title=_("New version of %(name)s") % {"name": before.formulation},
        eyebrow=begun_eyebrow(before),
        back_url=before.get_absolute_url(),
    )


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def formulation_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Edit a draft of one's own."""
    version = _version(request, pk)
    if not may_edit(request, version):
        return redirect(version)

    def save(form: FormulationForm) -> FormulationVersion:
        return edit_formulation(
            by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0,
            code=form.cleaned_data.get("code", version.formulation.code),
            name=form.cleaned_data.get("name", version.formulation.name), lines=form.lines(), at=clock.now(),
            **form.why(version), **form.recipe(),
        )  # fmt: skip

    opened = opened_with(version)
    opened["initial"] |= why_opened(version)
    first = version.number == 1
    return draft_page(
        request,
        make=partial(
            FormulationForm,
            ingredients=_ingredients(request),
            first=first,
            named=first,
            row_version=version.row_version,
        ),
        opened=opened,
        save=save,
        model=FormulationVersion,
        title=_("Edit %(version)s") % {"version": version},
        eyebrow=_("Formulation"),
        back_url=version.get_absolute_url(),
        version=version,
    )


def _version(request: ClinicRequest, pk: int) -> FormulationVersion:
    versions = FormulationVersion.objects.for_site(request.actor.site)
    found: FormulationVersion = get_object_or_404(
        versions.select_related("formulation", "author").prefetch_related(*FormulationVersion.all_parts()), pk=pk
    )
    return found


def _ingredients(request: ClinicRequest) -> list[Ingredient]:
    return list(Ingredient.objects.for_site(request.actor.site).order_by("name", "concentration"))
