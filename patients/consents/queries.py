"""Which consent is in force."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.amending.queries import is_amended, lost_amendment
from clinic.kept import Kept
from clinic.trail.ended import end_said, lost_withdrawal, was_ended
from patients.consents.models import Consent
from patients.intake.queries import current_intake
from patients.intake.staging import Pathway
from patients.registry.models import Patient
from protocols.risk.outdated import outdated


def consents_of(patient: Patient | int) -> QuerySet[Consent]:
    """All consents of `patient`, the latest first, with what a list shows of them."""
    consents = judged(Consent.objects.filter(patient=patient))
    return consents.select_related("script_version", "witnessed_by", "withdrawal").order_by("-signed_at", "-id")


def judged(consents: QuerySet[Consent]) -> QuerySet[Consent]:
    """Load with `consents` by what they count or don't: by the rows, and by what the trail tells of rows."""
    return consents.annotate(
        outdated=outdated(), amended=is_amended(Consent), ended=was_ended(Consent), lost=lost_amendment(Consent)
    )


_LATEST = Kept(consents_of)


def latest_consent(patient: Patient) -> Consent | None:
    """Return the one consent of `patient` that can count: the latest; None before the first."""
    return _LATEST.first(patient=patient.pk)


def consent_by(patient: Patient, at: datetime) -> Consent | None:
    """Return the one consent of `patient` that could count at `at`: the last that was signed by then; None before it.

    With what ended it since, `ended_at` where the trail tells of that.
    """
    signed = consents_of(patient).filter(signed_at__lte=at)
    return signed.annotate(ended_at=end_said(Consent, "occurred_at")).first()


def withdrawn_at(consent: Consent) -> datetime | None:
    """Return when `consent`, from `consent_by`, was taken back, by its row or by the trail; None where it wasn't."""
    withdrawal = getattr(consent, "withdrawal", None)
    at: datetime | None = withdrawal.withdrawn_at if withdrawal else vars(consent)["ended_at"]
    return at


def withdrawal_says(column: str, said: str) -> Coalesce:
    """Want what the withdrawal of a consent says in `column`, or the trail, as `said`, where that row is gone."""
    return Coalesce(f"withdrawal__{column}", end_said(Consent, said))


def consent_in_force(patient: Patient) -> Consent | None:
    """Return the latest consent, when it wasn't withdrawn or amended and nothing since asks for a new one; else None.

    A withdrawal or an amendment that the trail tells of counts, whether its row is there or not. A script that was
    replaced asks for it unless its author said that patients needn't consent anew. An earlier consent never comes to
    life again: whoever takes back what they signed last has taken everything back.
    """
    latest = latest_consent(patient)
    return latest if latest is not None and is_in_force(latest) else None


def lacks_consent(patient: Patient) -> bool:
    """Whether `patient` never consented, or took the latest consent back; one query.

    A script that was replaced since asks for a new consent before treatment; the photographs were agreed to.
    """
    latest = latest_consent(patient)
    return latest is None or is_withdrawn(latest)


def is_in_force(latest: Consent) -> bool:
    """Whether `latest`, the latest consent of its patient as `consents_of` returns it, counts."""
    known = vars(latest)  # annotated, which no type knows
    return not (is_withdrawn(latest) or known["outdated"] or known["amended"])


def is_withdrawn(consent: Consent) -> bool:
    """Whether `consent`, loaded by `judged`, was taken back: by the rows or by the trail."""
    return hasattr(consent, "withdrawal") or bool(vars(consent)["ended"])


def gone_of(consent: Consent) -> list[str]:
    """Say, in words, what the trail tells of `consent`, loaded by `judged`, and isn't there."""
    return lost_withdrawal(consent, ended=vars(consent)["ended"])


def was_changed(consent: Consent) -> bool:
    """Whether a withdrawal or an amendment of `consent`, loaded by `judged`, is gone that the trail tells of."""
    return bool(vars(consent)["lost"] or gone_of(consent))


def why_not(latest: Consent) -> str:
    """Return, in words, why `latest` doesn't count, when it doesn't."""
    if hasattr(latest, "withdrawal"):
        return _("withdrawn")
    if was_changed(latest):
        return _("changed in the database: tell the manager")
    if latest.amended:  # type: ignore[attr-defined]
        return _("amended after it was signed")
    return _("a protocol was changed since")


def latest_consents(patient_ids: Collection[int]) -> dict[int, Consent]:
    """Return the latest consent of each of these patients who has one, by the patient's id; one query, or none."""
    if not patient_ids:
        return {}
    return {consent.patient_id: consent for consent in _LATEST_OF.all(patients=tuple(patient_ids))}


def _latest_of(patients: Collection[int]) -> QuerySet[Consent]:
    consents = judged(Consent.objects.filter(patient__in=patients)).select_related("withdrawal")
    return consents.order_by("patient", "-signed_at", "-id").distinct("patient")


_LATEST_OF = Kept(_latest_of)


def surgical_words(patient: Patient) -> str:
    """Return why `patient` can't be treated here, when the stage is one for a surgeon; else ""."""
    intake = current_intake(patient)
    if intake is None or intake.pathway != Pathway.SURGICAL_ASSESSMENT:
        return ""
    return _("%(stage)s: refer for surgical assessment. There is nothing to consent to here at this stage.") % {
        "stage": intake
    }
