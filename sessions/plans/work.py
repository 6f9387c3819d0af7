"""What plans put on the list of work."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import day_text
from clinic.kept import Kept
from clinic.trail.ended import not_withdrawn
from clinic.worklist.registry import Urgency, WorkItem, worklist
from patients.consents.models import Consent
from patients.consents.queries import is_in_force, latest_consents, was_changed, why_not
from patients.intake.queries import Asked, asked_now, on_the_way
from patients.photos.models import PhotoSet, Purpose
from patients.registry.identity import under_age
from patients.registry.models import Patient
from patients.screening.stopped import came_to_stop
from protocols.risk.queries import formulations_changed_since
from sessions.gate.consents import withdrawn_words
from sessions.gate.stops import StopCode, consent_taken_back
from sessions.plans.models import PlannedSession, TreatmentPlan
from sessions.plans.queries import due_sessions

MOST = 50
#: So many days before a session is due, a consent that no longer counts for it is asked for.
CONSENT_AHEAD = timedelta(days=7)


def _without(**asked: Any) -> QuerySet[Patient]:
    patients = on_the_way(Asked(**asked)).filter(
        Exists(not_withdrawn(Consent.objects.filter(patient=OuterRef("pk")))),
        Exists(PhotoSet.objects.filter(patient=OuterRef("pk"), purpose=Purpose.BASELINE).standing()),
    )
    return patients.exclude(Exists(TreatmentPlan.objects.filter(patient=OuterRef("pk"))))[:MOST]


_WITHOUT = Kept(_without)
_SOON = Kept(lambda site, until: due_sessions(site, until=until).exclude(came_to_stop("plan__patient"))[:MOST])


@worklist(Permission.PLAN_TREATMENT)
def plans_missing(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Patients with consent and baseline photographs who never had a plan; one query."""
    for patient in _WITHOUT.all(**asked_now(actor.site, at)):
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Treatment plan not made yet"),
            detail=f"{patient.full_name} · {patient.record_number}",
            action=_("Make the plan"),
            url=reverse("plan_new", args=[patient.pk]),
            chip="ready",
        )


@worklist(Permission.TAKE_CONSENT)
def consents_to_take_anew(actor: Actor, at: datetime) -> Iterator[WorkItem]:
    """Sessions due within the week whose patient's consent counts no longer, or not for the formulation; three queries.

    The gate stops them; here it is known before the patient sits in the chair. Who never consented stands on the list
    by another item; of whoever is too young to be treated, or whose last signed checklist stops treatment, none is
    asked.
    """
    today = clock.local(at, actor.site).date()
    planned = _SOON.all(site=actor.site.pk, until=today + CONSENT_AHEAD)
    consents = latest_consents([row.plan.patient_id for row in planned])
    oldest = min((consent.signed_at for consent in consents.values()), default=at)
    changes = formulations_changed_since(actor.site, oldest) if consents else []
    for row in _first_of_each_patient(planned):
        consent = consents.get(row.plan.patient_id)
        if consent is None or under_age(row.plan.patient, site=actor.site, on=today):
            continue
        changed = next(
            (
                change for change in changes
                if change.document == str(row.plan.formulation_id) and change.approved_at > consent.signed_at
            ),
            None,
        )  # fmt: skip
        if is_in_force(consent) and changed is None:
            continue
        # Whoever took it back isn't pressed for another: that is theirs to say.
        back = consent_taken_back(withdrawn_words(consent, actor.site), changed=was_changed(consent), links={})
        withdrawn = [stop.message for stop in back if stop.code is StopCode.CONSENT_WITHDRAWN]
        patient = row.plan.patient_id
        why = _("changed since: %(change)s") % {"change": changed} if is_in_force(consent) else why_not(consent)
        yield WorkItem(
            urgency=Urgency.TODAY,
            title=_("Consent was withdrawn") if withdrawn else _("Consent to be taken again"),
            detail=f"{row.plan.patient.full_name} · {row.plan.patient.record_number} · "
            + _("%(session)s due %(day)s") % {"session": row, "day": day_text(row.due_on)}
            + f" · {' '.join(withdrawn) or why}",
            action=_("Open the patient") if withdrawn else _("Take consent"),
            url=reverse("patient", args=[patient]) if withdrawn else reverse("consent_new", args=[patient]),
            chip="ask",
            due_at=datetime.combine(row.due_on, time(0), tzinfo=ZoneInfo(actor.site.time_zone)),
        )


def _first_of_each_patient(planned: Iterable[PlannedSession]) -> Iterator[PlannedSession]:
    seen: set[int] = set()
    for row in planned:
        if row.plan.patient_id not in seen:
            seen.add(row.plan.patient_id)
            yield row
