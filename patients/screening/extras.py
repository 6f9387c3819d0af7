"""What a rule asks besides yes, no or not sure. Pure: raw values in, clean ones out.

A bleeding disorder: is it treated? An anticoagulant: which? Pregnancy: which of these? A hypersensitivity: to which
ingredients, to which classes, to what else? And of any of them: is this what the clearance on file is about?
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.errors import Refused
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.formulations.models import AllergenClass

MOST_TEXT = 120
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
    """Return what belongs to `rule` of `raw`, in the form it is stored; of a plain no only what a clearance is about.

    `ingredients` are the ids that may be named. Empty values are left out. Raises Refused for what can't be meant.
    """
    told = {} if answer == Answer.NO else _asked_besides(rule, raw, ingredients)
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
    return {}


def _confirmed(raw: Mapping[str, Any]) -> dict[str, str]:
    value = str(raw.get("cleared") or "")
    if value and not _CONFIRMATION.fullmatch(value):
        raise Refused(_("Choose one of the answers shown."), field="cleared")
    return {"cleared": value} if value else {}


def confirmation(extra: Mapping[str, Any]) -> dict[str, int]:
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
        raise Refused(_("Choose from the ingredients shown."), field=name)
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
    if extra.get("cleared"):
        parts.append(_("confirmed as cleared") if "confirmed" in confirmation(extra) else _("not what was cleared"))
    return ", ".join(parts)
