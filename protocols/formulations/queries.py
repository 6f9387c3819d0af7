"""Reads of formulations, always of one site."""

from collections.abc import Sequence

from django.db.models import OuterRef
from django.utils.translation import gettext as _

from clinic.accounts.models import Site
from clinic.pieces import Piece, Values, columns_of, each, fetch, give, row_of
from protocols.decisions.states import State
from protocols.formulations.models import Formulation, FormulationLine, FormulationVersion, Ingredient
from protocols.formulations.showing import note_text
from protocols.jurisdiction.queries import table_in_force
from protocols.jurisdiction.rules import since_approved


def in_force_at(site: str) -> Piece:
    """Return the piece that wants what is in force at the site which a row names in its column `site`.

    It is asked for at every checklist and preparation, so make it once: its statement is written once then.
    """
    here = OuterRef(site)
    return Piece(
        permissions=(), build=dict,
        wants={
            "versions": each(
                FormulationVersion.objects.active().filter(site=here).order_by("formulation__code"),
                **columns_of(FormulationVersion),
            ),
            "formulations": each(
                Formulation.objects.filter(site=here, versions__status=State.APPROVED), **columns_of(Formulation)
            ),
            "lines": each(
                FormulationLine.objects.filter(version__site=here, version__status=State.APPROVED).order_by("ordinal"),
                **columns_of(FormulationLine),
            ),
        },
    )  # fmt: skip


_IN_FORCE = in_force_at("pk")


def active_versions(site: Site) -> list[FormulationVersion]:
    """Return the versions in force at `site`, by code, with formulation and lines loaded: three at most, one query."""
    found = fetch(Site, (_IN_FORCE,), pk=site.pk)
    return [] if found is None else versions_in_force(site, found[1][_IN_FORCE])


def versions_in_force(site: Site, wanted: Values) -> list[FormulationVersion]:
    """Return what the piece of `in_force_at` found of `site` as `active_versions` does."""
    formulations = {row["id"]: row_of(Formulation, row) for row in wanted["formulations"]}
    versions = [row_of(FormulationVersion, row) for row in wanted["versions"]]
    lines = [row_of(FormulationLine, row) for row in wanted["lines"]]
    for version in versions:
        version.site, version.formulation = site, formulations[version.formulation_id]
        own = [line for line in lines if line.version_id == version.pk]
        for line in own:
            line.version = version
        give(version, "lines", own)
    return versions


def consent_lines(site: Site) -> list[str]:
    """Return what a consent says about restricted ingredients of the formulations in force at `site`; one query.

    Each line names the formulations that it is about: a patient may be treated without any of them.
    """
    versions = FormulationVersion.objects.for_site(site).active().order_by("formulation__code")
    holding: dict[str, list[str]] = {}
    for version in versions.select_related("formulation"):
        for note in version.legal_notes:
            holding.setdefault(note_text(note), []).append(str(version.formulation))
    return [
        _("Where %(formulations)s is used: %(line)s") % {"formulations": _(" or ").join(names), "line": line}
        for line, names in holding.items()
    ]


def is_consented(line: str, consented: Sequence[str]) -> bool:
    """Whether `line`, what is said of a restricted ingredient, is among what a consent says.

    A consent names the formulations before the line; those from before it did hold the line alone.
    """
    return any(said == line or said.endswith(f": {line}") for said in consented)


def legal_obstacles(version: FormulationVersion) -> list[str]:
    """Return what the jurisdiction table in force now says against `version`, which is in force; three queries."""
    return version.held_against()


def against(versions: Sequence[FormulationVersion]) -> dict[int, list[str]]:
    """Return by number, in sentences, what the jurisdiction table says now against `versions`, in force at one site.

    Two queries, none for no versions. What nothing is said against is left out.
    """
    table = table_in_force(versions[0].site) if versions else None
    found = {
        version.pk: since_approved(
            [(line.ingredient_id, line.ingredient_name) for line in version.lines.all()], table, version.legal_notes
        )
        for version in versions
    }
    return {
        version.pk: [f"{version}: {line}" for line in found[version.pk]] for version in versions if found[version.pk]
    }


def in_force_with(ingredient: Ingredient) -> list[FormulationVersion]:
    """Return the versions in force that hold `ingredient`."""
    versions = FormulationVersion.objects.for_site(ingredient.site).active().filter(lines__ingredient=ingredient)
    return list(versions.select_related("formulation"))
