"""Whether a site may begin to treat: what it needs to have decided, and what is missing, in words."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import CharField, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.models import Site
from protocols.formulations.models import FormulationVersion
from protocols.kinds import KINDS, SINGLE

#: Two or three formulations, no more and no fewer: one alone leaves nothing for whoever can't have it.
FEWEST_FORMULATIONS = 2


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a site is ready; `missing` says in sentences what isn't there yet."""

    ready: bool
    missing: list[str] = field(default_factory=list)


def assess(*, active_formulations: int, active_kinds: Collection[str]) -> Readiness:
    """Judge a site by its number of active formulations and the kinds of the other documents in force."""
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
        for model in SINGLE
        if model.kind not in active_kinds
    ]
    return Readiness(ready=not missing, missing=missing)


def readiness(site: Site) -> Readiness:
    """Return whether `site` is ready, in one query."""
    active = [
        model.objects.for_site(site)
        .active()
        .order_by()
        .values_list(Value(model.kind, output_field=CharField()), flat=True)
        for model in KINDS
    ]
    kinds = list(active[0].union(*active[1:], all=True).order_by())
    return assess(active_formulations=kinds.count(FormulationVersion.kind), active_kinds=set(kinds))
