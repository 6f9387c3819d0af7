"""Registering a patient, and putting the entry right."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import permutations
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.errors import Refused, StaleWrite, Way
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.queries import is_own_change
from clinic.trail.unit import record, unit_of_work
from patients.registry.birth_dates import EARLIEST_YEAR, latest_birth
from patients.registry.models import MOST_PAIRED, NamePair, NameToken, OtherName, Patient, Sex
from patients.registry.names import index_tokens, search_tokens
from patients.registry.phones import phone_digits, phone_error
from patients.registry.queries import similar_patients
from patients.registry.record_numbers import next_record_number

#: What an entry holds of the person; the trail keeps each before and after.
FIELDS = (
    "family_name", "given_name", "birth_date", "birth_date_text", "sex", "phone", "email", "address", "notes",
    "deceased",
)  # fmt: skip
PHONE_DIGITS = 20
SORT_NAME = 260
OTHER_NAME = 300


class SimilarPatients(Refused):
    """Somebody with this date of birth and a name like this is registered; `patients` are those."""

    def __init__(self, patients: Sequence[Patient]) -> None:
        super().__init__(
            _("Somebody with this date of birth and a similar name is registered already. Look whether it is the same.")
        )
        self.patients = list(patients)


@unit_of_work
def register_patient(
    *,
    by: Actor,
    family_name: str,
    given_name: str = "",
    birth_date: date | None = None,
    sex: str,
    phone: str = "",
    email: str = "",
    address: str = "",
    notes: str = "",
    birth_date_text: str = "",
    deceased: bool = False,
    look_for_similar: bool = False,
    compared: Collection[int] = (),
    submission_key: uuid.UUID,
    at: datetime,
) -> Patient:
    """Register a person at the actor's site under the next record number.

    `birth_date_text` is a date as another system reported it when it isn't a whole one ("1962"). With
    `look_for_similar` raises SimilarPatients when somebody with the same date of birth has a similar name, whose key
    isn't among those `compared` already; at one site registrations wait for each other, so that two desks can't miss
    each other's; and Refused when the same form came before with something else in it, which would be lost.

    Raises Refused for a person without a name, a sex that isn't known here, a date of birth in the future or
    before 1900, or a telephone number that can't be one.
    """
    by.require(Permission.REGISTER_PATIENTS)
    values = _checked(
        {
            "family_name": family_name, "given_name": given_name, "birth_date": birth_date,
            "birth_date_text": birth_date_text, "sex": sex, "phone": phone, "email": email, "address": address,
            "notes": notes, "deceased": deceased,
        },
        today=clock.local(at, by.site).date(),
    )  # fmt: skip
    if made := already_submitted(Patient, submission_key, site=by.site):
        if look_for_similar and any(getattr(made, name) != values[name] for name in FIELDS):
            raise _sent_before(made)
        return made
    # The counter's row is locked from here on, which lets one registration at a site go at a time.
    record_number = next_record_number(by.site)
    similar = similar_patients(by.site, values) if look_for_similar else []
    if not {patient.pk for patient in similar} <= set(compared):
        raise SimilarPatients(similar)
    patient = Patient(
        site=by.site, record_number=record_number, registered_at=at, registered_by=by.user,
        submission_key=submission_key, **values, **_derived(values),
    )  # fmt: skip
    patient.save()
    _index_name(patient)
    record(
        by=by, action=Action.CREATE, subject=patient, patient=patient, at=at,
        after={"record_number": record_number, **{name: values[name] for name in FIELDS if values[name]}},
    )  # fmt: skip
    return patient


def _sent_before(made: Patient) -> Refused:
    """Say that the form, sent again with something else in it, registered `made` the first time."""
    return Refused(
        _("This form has registered %(name)s (%(number)s) already. Change that entry, or open a new form.")
        % {"name": made.full_name, "number": made.record_number},
        way=Way(_("Open the entry"), reverse("patient_edit", args=[made.pk])),
    )


@unit_of_work
def update_patient(
    *,
    by: Actor,
    patient: Patient,
    row_version: int,
    family_name: str,
    given_name: str,
    birth_date: date | None,
    sex: str,
    phone: str,
    email: str,
    address: str,
    notes: str,
    deceased: bool | None = None,
    reason: str = "",
    at: datetime,
) -> Patient:
    """Change a patient's entry, keeping what it said before in the trail; unchanged values write nothing.

    Raises StaleWrite when somebody saved after `row_version` was read, and Refused as `register_patient` does, or
    when name, date of birth or sex change without a reason: they are what the person is recognised by.
    """
    by.require(Permission.REGISTER_PATIENTS)
    locked = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    if locked.row_version != row_version:
        own = is_own_change(by, locked)
        raise StaleWrite(
            _("You changed this entry in another window. Compare, then save again.") if own
            else _("Somebody else changed this patient's entry meanwhile. Compare, then save again."),
            field="row_version",
        )  # fmt: skip
    before = {name: getattr(locked, name) for name in FIELDS}
    values = _checked(
        {
            **before, "family_name": family_name, "given_name": given_name, "birth_date": birth_date, "sex": sex,
            "phone": phone, "email": email, "address": address, "notes": notes,
            "birth_date_text": "" if birth_date else before["birth_date_text"],
            "deceased": before["deceased"] if deceased is None else deceased,
        },
        today=clock.local(at, by.site).date(),
    )  # fmt: skip
    changed = [name for name in FIELDS if values[name] != before[name]]
    if not changed:
        return locked
    if not reason.strip() and {"family_name", "given_name", "birth_date", "sex"} & set(changed):
        raise Refused(
            _("Say why the name, the date of birth or the sex changes: the person is recognised by them."),
            field="reason",
        )
    for name, value in {**values, **_derived(values)}.items():
        setattr(locked, name, value)
    locked.row_version += 1
    locked.save()
    _index_name(locked)
    record(
        by=by, action=Action.CHANGE, subject=locked, patient=locked, reason=reason, at=at,
        before={name: before[name] for name in changed}, after={name: values[name] for name in changed},
    )  # fmt: skip
    return locked


@unit_of_work
def add_other_names(*, by: Actor, patient: Patient, names: Iterable[str], at: datetime) -> list[OtherName]:
    """Let the patient be found by other names too; returns those that are new, at most 300 characters each."""
    by.require(Permission.REGISTER_PATIENTS)
    held = set(OtherName.objects.filter(patient=patient).values_list("name", flat=True))
    cut = dict.fromkeys(" ".join(name.split())[:OTHER_NAME] for name in names)
    new = [
        OtherName.add(patient=patient, name=name, recorded_at=at, recorded_by=by.user)
        for name in cut
        if name and name not in held
    ]
    if new:
        _index_name(patient)
        record(
            by=by, action=Action.CHANGE, subject=patient, patient=patient, at=at,
            after={"other_names": [row.name for row in new]},
        )  # fmt: skip
    return new


def _checked(values: dict[str, Any], *, today: date) -> dict[str, Any]:
    """Return `values` trimmed; raises Refused for what can't be a person's entry."""
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = " ".join(value.split()) if name != "address" else value.strip()
    if not values["family_name"]:
        raise Refused(_("Type the family name, or the only name the person has."), field="family_name")
    if values["sex"] not in Sex.values:
        raise Refused(_("Choose the sex, or “Not recorded”."), field="sex")
    latest = latest_birth(values["birth_date"], values["birth_date_text"])
    if values["birth_date"] and latest and latest > today:
        raise Refused(_("This date of birth is in the future. Type it again."), field="birth_date")
    if latest and latest.year < EARLIEST_YEAR:
        raise Refused(_("This date of birth is before 1900. Type it again."), field="birth_date")
    if values["phone"] and (error := phone_error(values["phone"])):
        raise Refused(error, field="phone")
    return values


def _derived(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that searching and ordering need."""
    name = f"{values['family_name']} {values['given_name']}".strip()
    return {
        # A name without a letter ("???") is still listed, under itself.
        "sort_name": (_sorted_by(values["family_name"], values["given_name"]) or name.casefold())[:SORT_NAME],
        "phone_digits": phone_digits(values["phone"])[:PHONE_DIGITS],
    }


def _sorted_by(family_name: str, given_name: str) -> str:
    """Return both names normalised. Two spaces part them, so that a short family name sorts before a longer one."""
    parts = (" ".join(search_tokens(part)) for part in (family_name, given_name))
    return "  ".join(part for part in parts if part)


def _index_name(patient: Patient) -> None:
    """Keep one row per word of the name and of the other names, and one per two of them in either order.

    In the pairs the year of birth is one word more, as far as it is known.
    """
    words = dict.fromkeys(index_tokens(f"{patient.family_name} {patient.given_name}"))
    for other in OtherName.objects.filter(patient=patient).order_by("pk"):
        words.update(dict.fromkeys(index_tokens(other.name)))
    _keep_only(NameToken, patient, ["token"], [(word,) for word in words])
    year = str(patient.birth_date.year) if patient.birth_date else patient.birth_date_text[:4]
    paired = dict.fromkeys([*list(words)[:MOST_PAIRED], *filter(None, [year])])
    _keep_only(NamePair, patient, ["token", "beside"], permutations(paired, 2))


def _keep_only[Row: (NameToken, NamePair)](
    model: type[Row], patient: Patient, columns: Sequence[str], wanted: Iterable[tuple[str, ...]]
) -> None:
    """Delete the rows of `patient` whose `columns` aren't wanted any more, and write those that are missing."""
    rows = dict.fromkeys(wanted)
    held = {tuple(row): pk for pk, *row in model.objects.filter(patient=patient).values_list("pk", *columns)}
    if gone := [pk for row, pk in held.items() if row not in rows]:
        model.objects.filter(pk__in=gone).delete()
    new = [dict(zip(columns, row, strict=True)) for row in rows if row not in held]
    model.objects.bulk_create(model(patient=patient, site_id=patient.site_id, **values) for values in new)
