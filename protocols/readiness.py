"""Whether a site may begin to treat: what it needs to have decided, and what is missing, in words."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.models import Site
from clinic.kept import Kept
from protocols.formulations.models import FormulationVersion
from protocols.kinds import KINDS
from protocols.responses.models import Complication, ComplicationResponseVersion

_OTHERS = [model for model in KINDS if model not in (FormulationVersion, ComplicationResponseVersion)]
#: Two or three formulations, no more and no fewer: one alone leaves nothing for whoever can't have it.
FEWEST_FORMULATIONS = 2


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a site is ready; `missing` says in sentences what isn't there yet."""

    ready: bool
    missing: list[str] = field(default_factory=list)


def assess(
    *, active_formulations: int, active_kinds: Collection[str], complications: Collection[str] = ()
) -> Readiness:
    """Judge a site by its formulations in force, the kinds of its other documents, and its complication responses.

    `complications` are those that a response is in force for.
    """
    missing = []
    lacking = FEWEST_FORMULATIONS - active_formulations
    if lacking > 0:
        missing.append(
            ngettext(
                "%(count)s more approved formulation is needed: a site works with two or three.",
                "%(count)s more approved formulations are needed: a site works with two or three.",
                lacking,
            )
            % {"count": lacking}
        )
    missing += [
        _("Not approved yet: %(document)s.") % {"document": model.title_of_kind}
        for model in _OTHERS
        if model.needed and model.kind not in active_kinds
    ]
    missing += [
        _("No response is approved for: %(complication)s.") % {"complication": each.label}
        for each in Complication
        if each not in complications
    ]
    return Readiness(ready=not missing, missing=missing)


def readiness(site: Site) -> Readiness:
    """Return whether `site` is ready, in one query."""
    found = _IN_FORCE.all(site=site.pk)
    kinds = [kind for kind, _which in found]
    return assess(
        active_formulations=kinds.count(FormulationVersion.kind),
        active_kinds=set(kinds),
        complications={which for kind, which in found if kind == ComplicationResponseVersion.kind},
    )


def _in_force(site: int) -> QuerySet[Any, tuple[str, str]]:
    """Return the kind of each document in force, and which of its kind it is where there are several."""
    rows = [
        model.objects.for_site(site)
        .active()
        .order_by()
        .values_list(_text(Value(model.kind)), _text(F(model.one_for) if model.one_for else Value("")))
        for model in KINDS
    ]
    found: QuerySet[Any, tuple[str, str]] = rows[0].union(*rows[1:], all=True).order_by()
    return found


_IN_FORCE = Kept(_in_force)


def _text(value: Value | F) -> Cast:
    return Cast(value, CharField())
