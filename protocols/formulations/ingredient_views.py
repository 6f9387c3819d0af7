"""Pages of ingredients."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.web.paging import keyset_page
from protocols.decisions.forms import carry_newest
from protocols.formulations.forms import IngredientForm
from protocols.formulations.models import Ingredient
from protocols.formulations.queries import in_force_with
from protocols.formulations.services import add_ingredient, update_ingredient

FIELDS = ("name", "concentration", "allergen_class", "pregnancy_class", "hazard_class")


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def ingredient_list(request: ClinicRequest) -> HttpResponse:
    """The substances that the site's formulations are made of."""
    page = keyset_page(Ingredient.objects.for_site(request.actor.site), request, order=("name", "id"))
    may_write = request.actor.may(Permission.WRITE_PROTOCOLS)
    return render(request, "protocols/formulations/ingredients.html", {"page": page, "may_write": may_write})


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def ingredient_new(request: ClinicRequest) -> HttpResponse:
    """Add an ingredient."""
    form = IngredientForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        added = form.carry_out(
            lambda: add_ingredient(
                by=request.actor,
                submission_key=form.key,
                at=clock.now(),
                **{name: form.cleaned_data[name] for name in FIELDS},
            )
        )
        if added is not None:
            messages.success(request, _("%(name)s is on the list.") % {"name": added})
            return redirect("ingredient_list")
    return render(request, "protocols/formulations/ingredient.html", {"form": form}, status=form.status)


@access(Permission.WRITE_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def ingredient_edit(request: ClinicRequest, pk: int) -> HttpResponse:
    """Put an ingredient right."""
    ingredient = get_object_or_404(Ingredient.objects.for_site(request.actor.site), pk=pk)
    initial = {name: getattr(ingredient, name) for name in FIELDS}
    data = request.POST if request.method == "POST" else None
    form = IngredientForm(data, initial=initial, row_version=ingredient.row_version)
    if request.method == "POST":
        saved = form.carry_out(
            lambda: update_ingredient(
                by=request.actor,
                ingredient=ingredient,
                row_version=form.cleaned_data["row_version"] or 0,
                at=clock.now(),
                **{name: form.cleaned_data[name] for name in FIELDS},
            )
        )
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("ingredient_list")
        if form.stale:
            ingredient.refresh_from_db()
            carry_newest(form, ingredient.row_version)
    context = {
        "form": form,
        "ingredient": ingredient,
        "in_use": ingredient.in_use(),
        "in_force": in_force_with(ingredient),
    }
    return render(request, "protocols/formulations/ingredient.html", context, status=form.status)
