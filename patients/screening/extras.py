"""What a rule asks besides yes, no or not sure. Pure: raw values in, clean ones out.

A bleeding disorder: is it treated? An anticoagulant: which? Pregnancy: which of these? A hypersensitivity: to which
ingredients, to which classes, to what else? What is judged by a kind that several questions share: which of a list, a
note, days and a letter, a number. And of any of them: is this what the clearance on file is about?
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.dates import day_text
from clinic.errors import Refused
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.checklists.rules import fine_answer
from protocols.checklists.topics import TOPICS, Kind, Number
from protocols.formulations.models import AllergenClass

MOST_TEXT = 120
#: What the days are that a transplant asks for.
DAYS = {
    "happened_on": gettext_lazy("Day of the transplant"),
    "allowed_on": gettext_lazy("Allowed from, by the surgeon's letter"),
}
#: What the rules of their own ask besides.
_OWN: dict[str, tuple[str, ...]] = {
    Rule.BLEEDING_DISORDER: ("treated",), Rule.ANTICOAGULANT: ("drug",), Rule.PREGNANCY: ("status",),
    Rule.HYPERSENSITIVITY: ("ingredients", "classes", "other"),
}  # fmt: skip
#: Whether what was answered is what a clearance is about: its number, and yes or no.
_CONFIRMATION = re.compile(r"(\d{1,18}):(yes|no)")


class PregnancyStatus(models.TextChoices):
    """Which of the things that the question asks about."""

    PREGNANT = "pregnant", gettext_lazy("Pregnant")
    MAY_BE = "may_be", gettext_lazy("May be pregnant")
    PLANNING = "planning", gettext_lazy("Planning a pregnancy")
    BREASTFEEDING = "breastfeeding", gettext_lazy("Breastfeeding")


#: The classes that a person can be asked about.
NAMED_CLASSES = tuple(kind for kind in AllergenClass if kind not in {AllergenClass.NONE, AllergenClass.OTHER})


def clean_extra(rule: str, answer: str, raw: Mapping[str, Any], *, ingredients: Collection[int]) -> dict[str, Any]:
    """Return what belongs to `rule` of `raw`, in the form it is stored.

    Of the answer that nothing follows from it is only what a clearance is about.

    `ingredients` are the ids that may be named. Empty values are left out. Raises Refused for what can't be meant.
    """
    told = {} if answer == fine_answer(rule) else _asked_besides(rule, raw, ingredients)
    return {**told, **_confirmed(raw)}


def _asked_besides(rule: str, raw: Mapping[str, Any], ingredients: Collection[int]) -> dict[str, Any]:
    if rule == Rule.BLEEDING_DISORDER:
        return _choice(raw, "treated", Answer.values)
    if rule == Rule.ANTICOAGULANT:
        return _text(raw, "drug")
    if rule == Rule.PREGNANCY:
        return _choice(raw, "status", PregnancyStatus.values)
    if rule == Rule.HYPERSENSITIVITY:
        return {
            **_several(raw, "ingredients", sorted(ingredients)),
            **_several(raw, "classes", [str(kind) for kind in NAMED_CLASSES]),
            **_text(raw, "other"),
        }
    return _of_topic(rule, raw)


def asked_besides(rule: str) -> tuple[str, ...]:
    """Return the names of what `rule` asks besides, in the order shown."""
    topic = TOPICS.get(rule)
    if topic is None:
        return _OWN.get(rule, ())
    names = {"which": bool(topic.things), "note": bool(topic.note), "number": topic.number is not None}
    names |= dict.fromkeys(("happened_on", "allowed_on", "letter"), topic.kind is Kind.UNTIL)
    return tuple(name for name, asks in names.items() if asks)


def _of_topic(rule: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    topic, names = TOPICS.get(rule), asked_besides(rule)
    told: dict[str, Any] = {}
    for name in names:
        if name == "which" and topic:
            told |= _several(raw, name, [thing.key for thing in topic.things])
        elif name == "number" and topic and topic.number:
            told |= _number(raw, topic.number)
        else:
            told |= _day(raw, name) if name in {"happened_on", "allowed_on"} else _text(raw, name)
    return told


def _day(raw: Mapping[str, Any], name: str) -> dict[str, str]:
    value = raw.get(name) or ""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
    except ValueError as error:
        raise Refused(_("Type a day of the calendar, or choose one."), field=name) from error
    return {name: day.isoformat()} if day else {}


def _number(raw: Mapping[str, Any], asked: Number) -> dict[str, str]:
    """Return the number as it is stored: without zeros that say nothing, so that the same number is the same text."""
    value = raw.get("number")
    if value in (None, ""):
        return {}
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise Refused(_("Type digits only, with a point."), field="number") from error
    if not number.is_finite() or not asked.low <= number <= asked.high or number != round(number, 1):
        told = {"low": asked.low, "high": asked.high, "unit": asked.unit}
        raise Refused(_("Type a number from %(low)s to %(high)s %(unit)s, with one decimal.") % told, field="number")
    return {"number": f"{number:.1f}".removesuffix(".0")}


def _confirmed(raw: Mapping[str, Any]) -> dict[str, str]:
    value = str(raw.get("cleared") or "")
    if value and not _CONFIRMATION.fullmatch(value):
        raise Refused(_("Choose one of the answers shown."), field="cleared")
    return {"cleared": value} if value else {}


def confirmation(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the number of the clearance that `extra` confirms to be about the answer, or denies."""
    match = _CONFIRMATION.fullmatch(extra.get("cleared", ""))
    if match is None:
        return {}
    return {"confirmed" if match[2] == "yes" else "denied": int(match[1])}


def _text(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    text = " ".join(str(raw.get(name) or "").replace("\x00", "").split())
    if len(text) > MOST_TEXT:
        raise Refused(_("Write at most %(most)s characters here.") % {"most": MOST_TEXT}, field=name)
    return {name: text} if text else {}


def _choice(raw: Mapping[str, Any], name: str, known: Collection[str]) -> dict[str, Any]:
    value = raw.get(name) or ""
    if value and value not in known:
        raise Refused(_("Choose one of the answers shown."), field=name)
    return {name: value} if value else {}


def _several[T: (int, str)](raw: Mapping[str, Any], name: str, known: Collection[T]) -> dict[str, Any]:
    values = raw.get(name) or []
    if not isinstance(values, list | tuple) or any(value not in known for value in values):
        raise Refused(_("Choose from what is shown."), field=name)
    return {name: sorted(set(values))} if values else {}


def extra_in_words(rule: str, extra: Mapping[str, Any], ingredient_names: Mapping[int, str]) -> str:
    """Return `extra` as it is printed."""
    parts = [str(extra[name]) for name in ("drug", "other") if extra.get(name)]
    if rule == Rule.BLEEDING_DISORDER and extra.get("treated"):
        parts.append(_("Treated: %(answer)s") % {"answer": Answer(extra["treated"]).label})
    if rule == Rule.PREGNANCY and extra.get("status"):
        parts.append(str(PregnancyStatus(extra["status"]).label))
    parts += [ingredient_names.get(number, str(number)) for number in extra.get("ingredients", [])]
    parts += [str(AllergenClass(kind).label) for kind in extra.get("classes", [])]
    parts += _topic_in_words(rule, extra)
    if extra.get("cleared"):
        parts.append(_("confirmed as cleared") if "confirmed" in confirmation(extra) else _("not what was cleared"))
    return ", ".join(parts)


def _topic_in_words(rule: str, extra: Mapping[str, Any]) -> list[str]:
    topic = TOPICS.get(rule)
    if topic is None:
        return []
    parts = [str(thing.label) for thing in topic.things if thing.key in extra.get("which", ())]
    if extra.get("note"):
        parts.append(extra["note"])
    for name, label in DAYS.items():
        if extra.get(name):
            told = {"label": label, "day": day_text(date.fromisoformat(extra[name]))}
            parts.append(_("%(label)s: %(day)s") % told)
    if extra.get("letter"):
        parts.append(_("Surgeon's letter: %(letter)s") % {"letter": extra["letter"]})
    if extra.get("number") and topic.number:
        told = {"label": topic.number.label, "number": extra["number"], "unit": topic.number.unit}
        parts.append(_("%(label)s: %(number)s %(unit)s") % told)
    return parts
