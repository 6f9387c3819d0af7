"""What is set up at a site, and what it must have decided before its first patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.models import Site
from clinic.dates import day_text
from clinic.kept import Kept
from protocols.consents.models import ConsentScriptVersion
from protocols.formulations.models import FormulationVersion
from protocols.formulations.queries import active_versions, against
from protocols.kinds import KINDS
from protocols.opening.models import Arrangement, SetUp
from protocols.overview.queries import Standing, in_force, several_in_force
from protocols.readiness import FEWEST_FORMULATIONS
from protocols.responses.models import Complication, ComplicationResponseVersion


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a site needs: whether it is there, in a few words, and where it is seen to."""

    title: str
    ready: bool
    text: str
    url: str
    #: Whether `url` is where it is recorded, which not everybody may who reads the list.
    is_recorded: bool = False


def standing_set_ups(site: Site) -> QuerySet[SetUp]:
    """Return what is set up at `site` and not ended, with who checked and signed it; one query."""
    return _standing(site)


def _standing(site: Site | int) -> QuerySet[SetUp]:
    found: QuerySet[SetUp] = SetUp.objects.for_site(site).filter(end=None)
    return found.select_related("checked_by", "person")


_STANDING = Kept(_standing)
_HOLDING = Kept(
    lambda site, on: (
        _standing(site)
        .filter(Q(valid_until=None) | Q(valid_until__gte=on))
        .order_by()
        .values_list("arrangement", flat=True)
    )
)


def lacking_set_ups(site: Site, on: date) -> list[Arrangement]:
    """Return what isn't set up at `site`, or was to be checked again before the day `on`; one query."""
    there = set(_HOLDING.all(site=site.pk, on=on))
    return [each for each in Arrangement if each not in there]


def needs_of(site: Site, on: date) -> list[Need]:
    """Return everything that `site` needs before its first patient, in the order of the rooms; six queries."""
    single, several = in_force(site), several_in_force(site)
    formulations = active_versions(site)
    set_ups = _STANDING.all(site=site.pk)
    overview = reverse("protocol_list")
    needs = []
    for model in KINDS:
        if not model.needed:
            continue
        if model is FormulationVersion:
            needs.append(_formulations(formulations, against(formulations), f"{overview}#active"))
        elif model is ComplicationResponseVersion:
            needs.append(_responses(several, f"{overview}#responses"))
        elif model.one_for:
            needs.append(_one_of_several(model.kind, several, f"{overview}#{model.kind}"))
        else:
            version = single.get(model.kind)
            url = version.url if version else f"{overview}#documents"
            needs.append(Need(str(model.title_of_kind), version is not None, version.title if version else "", url))
    needs += [_arranged(each, set_ups, on) for each in Arrangement]
    return needs


def _formulations(versions: Sequence[FormulationVersion], held: Mapping[int, list[str]], url: str) -> Need:
    """Count the formulations in force that may be used: what the jurisdiction table forbids since isn't one of them."""
    count = len(versions) - len(held)
    text = ngettext("%(count)s approved", "%(count)s approved", len(versions)) % {"count": len(versions)}
    if held:
        said = [line for lines in held.values() for line in lines]
        text = _("%(approved)s, not to be used now: %(said)s") % {"approved": text, "said": " ".join(said)}
    return Need(_("Two or three formulations"), count >= FEWEST_FORMULATIONS and not held, text, url)


def _responses(several: Sequence[Standing], url: str) -> Need:
    there = {one.which for one in several if one.kind == ComplicationResponseVersion.kind}
    missing = [str(each.label) for each in Complication if each not in there]
    text = _("Missing: %(names)s") % {"names": ", ".join(missing)} if missing else _("One for each complication")
    return Need(_("Complication responses"), not missing, text, url)


def _one_of_several(kind: str, several: Sequence[Standing], url: str) -> Need:
    found = [one for one in several if one.kind == kind]
    title = _("Consent script") if kind == ConsentScriptVersion.kind else _("Aftercare leaflet")
    return Need(title, bool(found), ", ".join(one.title for one in found), found[0].url if found else url)


def _arranged(arrangement: Arrangement, set_ups: Sequence[SetUp], on: date) -> Need:
    mine = [each for each in set_ups if each.arrangement == arrangement]
    holding = [each for each in mine if each.valid_until is None or each.valid_until >= on]
    over = [each for each in mine if each not in holding and each.valid_until is not None]
    text = ", ".join(each.name for each in holding)
    if not holding and over:
        last = max(over, key=lambda each: each.valid_until or on)
        text = _("%(name)s: to be checked again since %(day)s") % {
            "name": last.name, "day": day_text(last.valid_until or on),
        }  # fmt: skip
    url = reverse("set_up_new", args=[arrangement.value])
    return Need(str(arrangement.label), bool(holding), text, url, is_recorded=True)
