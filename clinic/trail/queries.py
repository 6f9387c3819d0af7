"""Reading the record trail: a site's entries, the latest first, narrowed by patient, person, object, action and day."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.module_loading import import_string

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.trail.kinds import of_kind
from clinic.trail.models import Action, TrailEvent

#: What a site's list of entries is ordered by; each index that a filter follows ends in it.
ORDER = ("-seq",)


def entries_of(
    site: Site,
    *,
    patient_id: int | None = None,
    person_id: int | None = None,
    action: str = "",
    kind: str = "",
    object_type: str = "",
    object_id: str = "",
    day: date | None = None,
    own_work: bool = True,
) -> models.QuerySet[TrailEvent]:
    """Return the entries of `site` with their patients, narrowed; `day` is one on the site's clocks.

    `kind` is one of `clinic.trail.kinds`; `object_type` with `object_id` is one record. Without `own_work` what the
    clinic's own account did, such as making PDFs, is left out.

    One query when it is read, and two here for the day.
    """
    found = TrailEvent.objects.filter(site=site).select_related("patient")
    if patient_id is not None:
        found = found.filter(patient_id=patient_id)
    if person_id is not None:
        found = found.filter(actor_id=person_id)
    if action:
        found = found.filter(action=action)
    if kind:
        found = found.filter(of_kind(kind))
    if object_type:
        found = found.filter(object_type=object_type)
    if object_id:
        found = found.filter(object_id=object_id)
    if day is not None:
        found = found.filter(_numbers_of(site, day))
    if not own_work:
        found = found.exclude(actor__in=User.objects.filter(is_service=True).values("pk"))
    return found


def _numbers_of(site: Site, day: date) -> Q:
    """Return the numbers that were given out on `day`: later entries have later times, so a day is a range of them."""
    zone = ZoneInfo(site.time_zone)
    first = _first_number_since(site, datetime.combine(day, time.min, tzinfo=zone))
    if first is None:
        return Q(pk__in=())
    after = _first_number_since(site, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone))
    return Q(seq__gte=first) if after is None else Q(seq__gte=first, seq__lt=after)


def _first_number_since(site: Site, at: datetime) -> int | None:
    found: int | None = (
        TrailEvent.objects.filter(site=site, recorded_at__gte=at)
        .order_by("recorded_at", "seq")
        .values_list("seq", flat=True)
        .first()
    )
    return found


def object_types() -> list[tuple[str, str]]:
    """Return the kinds of records that entries can be about, by their names: label of the model and name."""
    models_of_ours = [model for model in apps.get_models() if hasattr(model, "mutability")]
    found = {model._meta.label: str(model._meta.verbose_name) for model in models_of_ours}
    return sorted(found.items(), key=lambda pair: pair[1].casefold())


#: The patients' own search: (site, text, limit) to a list. That room lies to the right, so it is named by its path.
PATIENT_SEARCH = "patients.registry.queries.search"


def patients_meant(site: Site, text: str, *, most: int) -> list[Any]:
    """Return the patients of `site` whom `text` can mean, `most` at most: the one with this record number, or a search.

    What is looked for is what the list of patients looks for: name, date of birth, record number, telephone.
    """
    patients: Any = apps.get_model("patients", "Patient")
    by_number = patients.objects.for_site(site).filter(record_number=text.upper()).first()
    if by_number is not None:
        return [by_number]
    # The search returns what a list shows; a look is recorded at the patient.
    numbers = [each.pk for each in import_string(PATIENT_SEARCH)(site, text, most)]
    found = patients.objects.for_site(site).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def people_of(site: Site) -> models.QuerySet[User]:
    """Return whoever may have done something at `site`: all who work or worked there, and the clinic's own account."""
    here = User.objects.filter(memberships__site=site).values("pk")
    return User.objects.filter(Q(pk__in=here) | Q(is_service=True)).order_by("full_name", "pk")


def is_own_change(by: Actor, subject: models.Model) -> bool:
    """Whether it was `by` who changed `subject` last, in another window or tab. One query."""
    last = last_change_of(subject)
    return last is not None and last.actor_id == by.user.pk


def last_change_of(subject: models.Model) -> TrailEvent | None:
    """Return who changed `subject` last, and when; None while nobody has. One query."""
    return (
        TrailEvent.objects.filter(
            object_type=subject._meta.label, object_id=str(subject.pk), action__in=[Action.CREATE, Action.CHANGE]
        )
        .order_by("-id")
        .first()
    )


def said_after(event: TrailEvent) -> dict[str, Any]:
    """Return what an entry says that was there afterwards; nothing where it can't be read."""
    return _said(event, "after")


def said_added(event: TrailEvent) -> dict[str, Any]:
    """Return the hashes of the facts that were added with an entry, by table; nothing where it can't be read."""
    return _said(event, "added")


def _said(event: TrailEvent, part: str) -> dict[str, Any]:
    try:
        found = json.loads(event.body)[part]
    except (ValueError, LookupError, TypeError):
        return {}  # the chain's own check names this entry
    return found if isinstance(found, dict) else {}
