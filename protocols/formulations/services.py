"""Writing ingredients and formulations. Volumes are whole microlitres per millilitre, tolerances per cent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.queries import is_own_change
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.models import Part
from protocols.decisions.services import lock_site
from protocols.decisions.states import State
from protocols.drafts.services import begin_draft, rewrite_draft
from protocols.formulations.models import (
    COPIED,
    Formulation,
    FormulationLine,
    FormulationStep,
    FormulationVersion,
    Ingredient,
    StorageLimit,
)
from protocols.formulations.products import LONGEST_PRODUCT, MOST_PRODUCTS, products_in
from protocols.formulations.recipe import RECIPE_COLUMNS, LineDraft, Recipe


@unit_of_work
def add_ingredient(
    *,
    by: Actor,
    name: str,
    concentration: str,
    allergen_class: str,
    pregnancy_class: str,
    hazard_class: str = "",
    submission_key: UUID,
    at: datetime,
) -> Ingredient:
    """Add an ingredient to the site's list. Raises Refused when it is there already."""
    by.require(Permission.WRITE_PROTOCOLS)
    lock_site(by.site)
    before = already_submitted(Ingredient, submission_key, site=by.site)
    if before is not None:
        return before
    ingredient = Ingredient(
        site=by.site, name=_tidy(name), concentration=_tidy(concentration), allergen_class=allergen_class,
        pregnancy_class=pregnancy_class, hazard_class=hazard_class, submission_key=submission_key,
    )  # fmt: skip
    _check_not_there(ingredient)
    ingredient.save(force_insert=True)
    record(by=by, action=Action.CREATE, subject=ingredient, after=_said(ingredient), at=at)
    return ingredient


@unit_of_work
def update_ingredient(
    *,
    by: Actor,
    ingredient: Ingredient,
    row_version: int,
    name: str,
    concentration: str,
    allergen_class: str,
    pregnancy_class: str,
    hazard_class: str | None = None,
    at: datetime,
) -> Ingredient:
    """Change an ingredient; drafts that use it follow, what lies in review or is approved keeps what it says.

    Once something refers to it, it stays the same substance: name and concentration are fixed then, and only
    its classes can be put right; a `hazard_class` of None stays as it is. Raises StaleWrite when somebody else saved
    first.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    lock_site(by.site)
    mine = Ingredient.objects.for_site(by.site).select_for_update(no_key=True)
    found: Ingredient | None = mine.filter(pk=ingredient.pk).first()
    if found is None:
        raise NotAllowed(_("This ingredient isn't one of your site's. Open it again from the list."))
    if found.row_version != row_version:
        raise StaleWrite(
            _("You changed this ingredient in another window. Compare with what you typed, then save again.")
            if is_own_change(by, found)
            else _("Somebody else changed this ingredient. Compare with what you typed, then save again.")
        )
    before = _said(found)
    found.name, found.concentration = _tidy(name), _tidy(concentration)
    found.allergen_class, found.pregnancy_class = allergen_class, pregnancy_class
    found.hazard_class = found.hazard_class if hazard_class is None else hazard_class
    renamed = (found.name, found.concentration) != (before["name"], before["concentration"])
    if renamed and found.in_use():
        raise Refused(
            _("Records refer to this ingredient, so its name and concentration stay. Add a new ingredient instead."),
            field="name",
        )
    _check_not_there(found)
    found.row_version += 1
    found.save()
    drafts = FormulationLine.objects.filter(ingredient=found, version__status=State.DRAFT)
    drafts.update(**{copy: getattr(found, original) for copy, original in COPIED.items()})
    record(by=by, action=Action.CHANGE, subject=found, before=before, after=_said(found), at=at)
    return found


@unit_of_work
def write_formulation(
    *,
    by: Actor,
    code: str,
    name: str,
    submission_key: UUID,
    at: datetime,
    lines: Sequence[LineDraft],
    change_reason: str = "",
    **recipe: Unpack[Recipe],
) -> FormulationVersion:
    """Begin a formulation with its first draft. Raises Refused when the code is taken."""
    by.require(Permission.WRITE_PROTOCOLS)
    lock_site(by.site)
    before = already_submitted(FormulationVersion, submission_key, site=by.site, author=by.user)
    if before is not None:
        return before
    formulation = Formulation(site=by.site, code=code.strip().upper(), name=_tidy(name), submission_key=submission_key)
    _check_code(formulation)
    formulation.save(force_insert=True)
    record(by=by, action=Action.CREATE, subject=formulation, after=_called(formulation), at=at)
    return new_version(
        by=by, formulation=formulation, change_reason=change_reason or _("First version."), risk_relevant=False,
        submission_key=submission_key, at=at, lines=lines, **recipe,
    )  # fmt: skip


@unit_of_work
def new_version(
    *,
    by: Actor,
    formulation: Formulation,
    change_reason: str,
    risk_relevant: bool,
    reconsent: bool | None = None,
    submission_key: UUID,
    at: datetime,
    lines: Sequence[LineDraft],
    **recipe: Unpack[Recipe],
) -> FormulationVersion:
    """Write the next version of `formulation` as a draft."""
    if formulation.site_id != by.site.pk:
        raise NotAllowed(_("This formulation isn't one of your site's. Open it again from the list of protocols."))
    version = FormulationVersion(
        formulation=formulation, change_reason=change_reason, risk_relevant=risk_relevant, reconsent=reconsent,
        submission_key=submission_key, **_columns(recipe),
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=_lines(by, lines), more=_more_rows(recipe), at=at)


@unit_of_work
def edit_formulation(
    *,
    by: Actor,
    version: FormulationVersion,
    row_version: int,
    code: str,
    name: str,
    change_reason: str,
    risk_relevant: bool,
    reconsent: bool | None = None,
    at: datetime,
    lines: Sequence[LineDraft],
    **recipe: Unpack[Recipe],
) -> FormulationVersion:
    """Rewrite a draft. Code and name change too while no version was ever sent to review."""
    values = {"change_reason": change_reason.strip(), "risk_relevant": risk_relevant, "reconsent": reconsent}
    version = rewrite_draft(
        by=by, version=version, row_version=row_version, values=values | _columns(recipe), parts=_lines(by, lines),
        more=_more_rows(recipe), at=at,
    )  # fmt: skip
    formulation = version.formulation
    before = _called(formulation)
    formulation.code, formulation.name = code.strip().upper(), _tidy(name)
    if _called(formulation) == before:
        return version
    if formulation.versions.exclude(status=State.DRAFT).exists():
        raise Refused(
            _("Code and name are fixed since a version was sent to review. Begin a new formulation instead."),
            field="name",
        )
    _check_code(formulation)
    formulation.save()
    record(by=by, action=Action.CHANGE, subject=formulation, before=before, after=_called(formulation), at=at)
    return version


def _lines(by: Actor, drafts: Sequence[LineDraft]) -> list[FormulationLine]:
    seen: set[int] = set()
    for draft in drafts:
        if draft.ingredient.site_id != by.site.pk:
            raise Refused(_("An ingredient isn't one of your site's. Choose it again from the list."))
        if draft.ingredient.pk in seen:
            raise Refused(_("%(name)s stands in two lines. Make one line of them.") % {"name": draft.ingredient})
        seen.add(draft.ingredient.pk)
    return [
        FormulationLine(
            ingredient=draft.ingredient,
            role=draft.role,
            volume_ul_per_ml=draft.volume_ul_per_ml,
            tolerance_percent=draft.tolerance_percent,
            products=_products(draft),
            incompatibilities=_tidy(draft.incompatibilities),
            **{copy: getattr(draft.ingredient, original) for copy, original in COPIED.items()},
        )
        for draft in drafts
    ]


def _columns(recipe: Recipe) -> dict[str, Any]:
    """Return what stands in the version's own columns; the steps are rows, so their text of before is emptied."""
    return {name: recipe[name] for name in RECIPE_COLUMNS} | {"steps": ""}  # type: ignore[literal-required]


def _more_rows(recipe: Recipe) -> dict[str, Sequence[Part]]:
    kept = [recipe["storage"], *(limit.storage for limit in recipe["other_storage"])]
    if len(set(kept)) < len(kept):
        raise Refused(_("A storage stands twice. Give each way of keeping it one beyond-use time."))
    return {
        "method": [FormulationStep(text=_tidy(step.text), critical=step.critical) for step in recipe["method"]],
        "other_storage": [
            StorageLimit(
                storage=limit.storage, hours=limit.hours, reason=_tidy(limit.reason), reference=_tidy(limit.reference)
            )
            for limit in recipe["other_storage"]
        ],
    }


def _products(draft: LineDraft) -> list[str]:
    products = products_in("\n".join(draft.products))
    if len(products) > MOST_PRODUCTS or any(len(product) > LONGEST_PRODUCT for product in products):
        raise Refused(
            _("Name at most %(most)s products for %(name)s, each in at most %(longest)s characters.")
            % {"most": MOST_PRODUCTS, "name": draft.ingredient, "longest": LONGEST_PRODUCT}
        )
    return products


def _check_not_there(ingredient: Ingredient) -> None:
    same = Ingredient.objects.for_site(ingredient.site).filter(
        name__iexact=ingredient.name, concentration__iexact=ingredient.concentration
    )
    if same.exclude(pk=ingredient.pk).exists():
        raise Refused(_("%(name)s is on the list already. Use that one.") % {"name": ingredient}, field="name")


def _check_code(formulation: Formulation) -> None:
    same = Formulation.objects.for_site(formulation.site).filter(code=formulation.code).exclude(pk=formulation.pk)
    if taken := same.first():
        raise Refused(
            _("The code %(code)s is taken by %(name)s. Choose another code, or write a new version of it.")
            % {"code": taken.code, "name": taken.name},
            field="code",
        )


def _said(ingredient: Ingredient) -> dict[str, str]:
    return {original: getattr(ingredient, original) for original in COPIED.values()}


def _called(formulation: Formulation) -> dict[str, str]:
    return {"code": formulation.code, "name": formulation.name}


def _tidy(text: str) -> str:
    return " ".join(text.split())
