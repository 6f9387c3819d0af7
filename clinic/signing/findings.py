"""What was found wrong with something on record, as people name it: its kind, whose it is by record number, its day.

No finding names a patient: what a command prints is kept in logs and sent by mail.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from clinic import clock
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.documents.registry import UnknownKindError, kind_named
from clinic.signing.comparing import Changed, Told, model_of
from clinic.signing.models import Meaning, Signature
from clinic.trail.models import TrailEvent
from clinic.trail.queries import said_after


def record_text(event: TrailEvent) -> str:
    """Return the record that an entry is about, as in "Contraindication checklist of N-00012, 3 Mar 2026".

    One that is about no patient is named by what it is called. A query or two.
    """
    kind = _kind_of(event.object_type)
    day = day_text(clock.local(event.occurred_at, event.site).date())
    if event.patient_id is not None:
        return _("%(kind)s of %(number)s, %(day)s") % {
            "kind": kind, "number": _record_number(event.patient_id), "day": day,
        }  # fmt: skip
    name = event.object_label.strip() or _("number %(number)s in the database") % {"number": event.object_id}
    return _("%(kind)s “%(name)s”, %(day)s") % {"kind": kind, "name": name, "day": day}


def entry_text(chain: int, seq: int) -> str:
    """Return what a broken entry says that it is about: kind and record number, or its number; "" where it is gone.

    What it calls its record is left out: of an altered entry it may be a patient's name.
    """
    entries = TrailEvent.objects.filter(seq=seq)
    event = (entries.filter(site=chain, epoch__gt=0) if chain else entries.filter(epoch=0)).order_by("pk").first()
    if event is None:
        return ""
    told = {"kind": _kind_of(event.object_type), "id": event.object_id}
    if event.patient_id is not None:
        return _("%(kind)s of %(number)s") % {**told, "number": _record_number(event.patient_id)}
    return _("%(kind)s, number %(id)s in the database") % told


def row_text(row: Model) -> str:
    """Return a row as people know it: its kind, whose it is by record number, and its number in the database."""
    told = {"kind": _capital(str(row._meta.verbose_name)), "id": row.pk}
    if patient := getattr(row, "patient_id", None):
        number = _record_number(patient)
        return _("%(kind)s of %(number)s, number %(id)s in the database") % {**told, "number": number}
    return _("%(kind)s, number %(id)s in the database") % told


def signed_text(signature: Signature) -> str:
    """Return the record that a signature says it is of."""
    try:
        model: type[Model] = apps.get_model(signature.object_type)
        row = model._default_manager.filter(pk=model._meta.pk.to_python(signature.object_id)).first()
    except (LookupError, ValueError, TypeError, ValidationError):  # whatever somebody wrote into it
        row = None
    if row is not None:
        return row_text(row)
    kind = _kind_of(signature.object_type)
    return _("%(kind)s, number %(id)s in the database") % {"kind": kind, "id": signature.object_id}


def document_text(event: TrailEvent) -> str:
    """Return the document that an entry tells of, as in "Consent of N-00012, 3 Mar 2026, document 7K3M9QZX"."""
    after = said_after(event)
    told = {"title": _title_of(str(after.get("kind", "")))}
    told["day"] = day_text(clock.local(event.occurred_at, event.site).date())
    if event.patient_id is not None:
        told["number"] = _record_number(event.patient_id)
        text = _("%(title)s of %(number)s, %(day)s") % told
    else:
        text = _("%(title)s, %(day)s") % told
    code = str(after.get("code", ""))
    return _("%(text)s, document %(code)s") % {"text": text, "code": code} if code else text


def signature_text(event: TrailEvent) -> str:
    """Return the signature that an entry tells of, by what it means: "the signature “consents”"."""
    meaning = said_after(event).get("meaning")
    words = dict(Meaning.choices).get(str(meaning))
    return _("the signature “%(meaning)s”") % {"meaning": words} if words else _("a signature")


def changes_in_words(changed: Changed) -> list[str]:
    """Say what of the record that an entry tells of was changed, and what is gone; a query for each table."""
    own = [each for each in changed.told if _is_own(changed.event, each)]
    others = [each for each in changed.told if each not in own]
    if any(_missing(each) for each in own):
        found = [_("it is gone")]
    else:
        found = [_("it was changed in the database")] if own else []
        found += [_of_part(each) for each in others if each.part not in {"rests_on", "added"}]
    # What it rests on counts by what it holds, which says more itself.
    found = found or [_of_base(each) for each in others if each.part == "rests_on"]
    # A part of it that was recorded with it has two hashes in the entry, and is told of once.
    parts = {each.asked.rows.table for each in others if each.part in {"rows", "state_rows"}}
    facts = [each for each in others if each.part == "added" and each.asked.rows.table not in parts]
    return found + [_of_fact(changed.event, each) for each in facts]


def _of_base(told: Told) -> str:
    kind = {"kind": _model_name(told)}
    if _missing(told):
        return _("what it rests on is gone: %(kind)s") % kind
    return _("what it rests on was changed in the database: %(kind)s") % kind


def _of_part(told: Told) -> str:
    kind = _model_name(told)
    if _missing(told):
        return _("what belongs to it is gone: %(kind)s") % {"kind": kind}
    # Of several rows there is one hash.
    return _("%(kind)s was changed in the database, taken away or added") % {"kind": _with_article(kind)}


def _of_fact(event: TrailEvent, told: Told) -> str:
    """Say of facts that were recorded with an entry what became of them, and of how many where they were several."""
    model, of = model_of(told.asked.rows.table), len(told.asked.keys)
    gone = of - model._default_manager.filter(pk__in=told.asked.keys).count()
    kind = {"kind": _with_article(_model_name(told)), "who": event.actor_name, "gone": gone, "of": of}
    if gone and of > 1:
        return _("%(kind)s, recorded with it by %(who)s, is gone (%(gone)s of %(of)s)") % kind
    if gone:
        return _("%(kind)s, recorded with it by %(who)s, is gone") % kind
    return _("%(kind)s, recorded with it by %(who)s, was changed in the database") % kind


def _with_article(kind: str) -> str:
    return _("%(article)s %(kind)s") % {"article": "an" if kind[:1] in "aeiou" else "a", "kind": kind}


def _missing(told: Told) -> bool:
    """Whether rows that an entry tells of aren't there: for one of the keys, none is left."""
    rows, keys = told.asked
    model = model_of(rows.table)
    field = next(each for each in model._meta.concrete_fields if each.get_attname_column()[1] == rows.key)
    there = model._default_manager.filter(**{f"{field.attname}__in": keys}).values_list(field.attname, flat=True)
    return not set(keys) <= set(there)


def _is_own(event: TrailEvent, told: Told) -> bool:
    """Whether the rows are the entry's own record, and nothing that belongs to it or was recorded with it."""
    rows, keys = told.asked
    return model_of(rows.table)._meta.label == event.object_type and [str(key) for key in keys] == [event.object_id]


def _model_name(told: Told) -> str:
    return str(model_of(told.asked.rows.table)._meta.verbose_name)


def _kind_of(label: str) -> str:
    try:
        return _capital(str(apps.get_model(label)._meta.verbose_name))
    except (LookupError, ValueError):  # a kind that the clinic no longer has, or a name that was altered
        return label


def _title_of(kind: str) -> str:
    try:
        return str(kind_named(kind).title)
    except UnknownKindError:
        return _capital(str(SealedDocument._meta.verbose_name))


def _record_number(patient_id: int) -> str:
    patients: Any = TrailEvent._meta.get_field("patient").related_model
    found: str | None = patients.objects.filter(pk=patient_id).values_list("record_number", flat=True).first()
    return found or _("patient number %(number)s in the database") % {"number": patient_id}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
