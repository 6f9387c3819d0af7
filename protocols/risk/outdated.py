"""Which consents count no longer, as conditions of a query over rows with `site`, `signed_at` and `script_version`."""

from datetime import datetime

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.risk.models import RiskChange


def outdated() -> Q:
    """Return the condition under which a consent counts no longer.

    No script in its language is in force; or a later script asks patients to consent anew (where nobody was asked
    whether it does, it does); or another protocol was changed since in a way that patients consent to anew. A
    formulation's change outdates the consent for that formulation only, which the gate looks at.
    """
    scripts = ConsentScriptVersion.objects.filter(site=OuterRef("site"), language=OuterRef("script_version__language"))
    later = scripts.filter(number__gt=OuterRef("script_version__number"), approved_at__isnull=False)
    elsewhere = RiskChange.objects.filter(
        site=OuterRef("site"), reconsent=True, approved_at__gt=OuterRef("signed_at")
    ).exclude(kind__in=(ConsentScriptVersion.kind, FormulationVersion.kind))
    return Q(
        ~Exists(scripts.filter(status=State.APPROVED)) | Exists(later.exclude(reconsent=False)) | Exists(elsewhere)
    )


def outdated_since(script: ConsentScriptVersion, signed_at: datetime, formulation_id: int) -> datetime | None:
    """Return since when a consent to `script` of `signed_at` counts no longer for a formulation; None where it does.

    For the reasons of `outdated`, and the formulation's own changes that patients consent to anew. Four queries.
    """
    scripts = ConsentScriptVersion.objects.filter(site=script.site_id, language=script.language)
    later = scripts.filter(number__gt=script.number, approved_at__isnull=False).exclude(reconsent=False)
    changes = RiskChange.objects.filter(site=script.site_id, reconsent=True, approved_at__gt=signed_at)
    changes = changes.exclude(kind=ConsentScriptVersion.kind).exclude(
        ~Q(document=str(formulation_id)), kind=FormulationVersion.kind
    )
    found = [
        later.aggregate(at=Min("approved_at"))["at"],
        changes.aggregate(at=Min("approved_at"))["at"],
    ]
    if not scripts.filter(status=State.APPROVED).exists():
        found.append(scripts.aggregate(at=Max("retired_at"))["at"])
    return min((at for at in found if at is not None), default=None)


def formulations_changed() -> QuerySet[RiskChange]:
    """Return the changes of formulations since a consent that ask for a new one, for a query over consents."""
    found: QuerySet[RiskChange] = RiskChange.objects.filter(
        site=OuterRef("site"), kind=FormulationVersion.kind, reconsent=True, approved_at__gt=OuterRef("signed_at")
    )
    return found.order_by("approved_at")
