"""A consent that was taken back: how it is told, and what it stops before a session is begun."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.models import Site
from clinic.dates import day_text
from clinic.moments import stopped
from patients.consents.models import Consent
from patients.consents.queries import latest_consents, was_changed
from sessions.gate.stops import Stop, StopCode, consent_taken_back
from sessions.plans.models import PlannedSession


def withdrawn_words(latest: Consent | None, site: Site) -> str:
    """Return, in a sentence, that the patient took `latest`, the latest consent, back, and when; "" where not."""
    withdrawal = getattr(latest, "withdrawal", None)
    if withdrawal is None:
        return ""
    day = day_text(clock.local(withdrawal.withdrawn_at, site).date())
    return _("The patient withdrew consent on %(day)s.") % {"day": day}


def recorded_words(latest: Consent | None, site: Site) -> str:
    """Return what `withdrawn_words` does, with who recorded it, the minute and why: of a session in which it counts."""
    said = withdrawn_words(latest, site)
    if latest is None or not said:
        return ""
    withdrawal = latest.withdrawal
    told = {
        "at": f"{clock.local(withdrawal.withdrawn_at, site):%H:%M}", "who": withdrawal.withdrawn_by.full_name,
        "why": stopped(withdrawal.reason),
    }  # fmt: skip
    return f"{said} {_('Recorded %(at)s by %(who)s: %(why)s') % told}"


def taken_back(planned: Sequence[PlannedSession], site: Site) -> dict[int, list[Stop]]:
    """Return the stops of `planned` whose patient took the consent back, by the planned session's id; one query.

    Front desks read them too: they say that it was withdrawn, not why.
    """
    latest = latest_consents(sorted({row.plan.patient_id for row in planned}))
    found: dict[int, list[Stop]] = {}
    for row in planned:
        consent = latest.get(row.plan.patient_id)
        if consent is None:
            continue
        patient = [row.plan.patient_id]
        links = {
            StopCode.NO_CONSENT: reverse("consent_new", args=patient),
            StopCode.CONSENT_WITHDRAWN: reverse("patient", args=patient),
        }
        said = withdrawn_words(consent, site)
        if stops := consent_taken_back(said, changed=was_changed(consent), links=links):
            found[row.pk] = stops
    return found
