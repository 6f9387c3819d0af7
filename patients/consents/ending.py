"""What became of a consent that was sealed, for whoever holds its paper."""

from django.utils.translation import gettext as _

from clinic import clock
from clinic.dates import day_text
from clinic.documents.registry import After
from clinic.trail.ended import end_said
from patients.consents.models import Consent


def why_ended(pk: str) -> str:
    """Return in a sentence why the consent `pk` counts no longer: taken back, or another one was given since.

    The sentence names nobody: anyone who scans the code of a printed page reads it.
    """
    consent = _consent(pk)
    if consent is None:
        return ""
    withdrawal = getattr(consent, "withdrawal", None)
    # The trail's word counts as well: whoever deletes the withdrawal doesn't bring the consent back.
    if ended_at := withdrawal.withdrawn_at if withdrawal is not None else vars(consent)["ended_at"]:
        day = clock.local(ended_at, consent.site).date()
        return _("The consent was taken back on %(day)s.") % {"day": day_text(day)}
    if (later := _later(consent)) is not None:
        return _("The consent of %(day)s took its place.") % {"day": _day(later)}
    return ""


def what_followed(pk: str) -> After | None:
    """Return who took the consent `pk` back, or which one took its place; None of the latest one that wasn't."""
    consent = _consent(pk)
    if consent is None:
        return None
    withdrawal, later = getattr(consent, "withdrawal", None), _later(consent)
    if later is None:
        return After(withdrawal=withdrawal) if withdrawal is not None else None
    return After(
        version=_("the consent of %(day)s") % {"day": _day(consent)},
        superseded_by=_("the consent of %(day)s") % {"day": _day(later)},
        subject_id=str(later.pk), withdrawal=withdrawal,
    )  # fmt: skip


def _consent(pk: str) -> Consent | None:
    consents = Consent.objects.filter(pk=pk).annotate(ended_at=end_said(Consent, "occurred_at"))
    found: Consent | None = consents.select_related("site", "withdrawal__withdrawn_by").first()
    return found


def _later(consent: Consent) -> Consent | None:
    """Return the latest consent of the same patient, where that is another one."""
    latest: Consent | None = (
        Consent.objects.filter(patient=consent.patient_id).select_related("site").order_by("-signed_at", "-id").first()
    )
    return latest if latest != consent else None


def _day(consent: Consent) -> str:
    return day_text(clock.local(consent.signed_at, consent.site).date())
