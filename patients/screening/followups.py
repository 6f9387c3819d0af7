"""What a question asks besides yes, no or not sure, as fields of the checklist's form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from clinic.web.numbers import DecimalNumberField
from patients.screening.extras import DAYS, MOST_TEXT, NAMED_CLASSES, PregnancyStatus
from patients.screening.outcomes import Answer
from protocols.checklists.topics import TOPICS, Topic


class Asked(forms.Field):
    """A field that has to be answered before the checklist is signed, and may be left open until then."""

    def validate(self, value: Any) -> None:
        """Leave an open one to the verdict, which says what is missing."""
        if value not in self.empty_values:
            super().validate(value)


class AskedChoice(Asked, forms.ChoiceField):
    """One of several answers."""


class AskedText(Asked, forms.CharField):
    """An answer in words."""


class AskedIngredients(Asked, forms.TypedMultipleChoiceField):
    """Ingredients, by number."""


class AskedThings(Asked, forms.MultipleChoiceField):
    """Things of a list."""


class AskedClasses(Asked, forms.MultipleChoiceField):
    """Allergen classes."""


class AskedNumber(Asked, DecimalNumberField):
    """A number."""


class AskedDay(Asked, forms.DateField):
    """A day."""


def followup(rule: str, name: str, ingredients: list[tuple[int, str]]) -> forms.Field:
    """Return the field of what `rule` asks besides under `name`; `ingredients` can be named."""
    topic = TOPICS.get(rule)
    if topic is not None:
        return _of_topic(topic, name)
    if name == "treated":
        return AskedChoice(label=_("Is it treated?"), choices=Answer.choices, widget=forms.RadioSelect)
    if name == "status":
        return AskedChoice(label=_("Which of these?"), choices=PregnancyStatus.choices, widget=forms.RadioSelect)
    if name == "ingredients":
        return AskedIngredients(
            label=_("To which ingredients?"), choices=ingredients, coerce=int, empty_value=[],
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if name == "classes":
        return AskedClasses(
            label=_("To a whole class?"), choices=[(str(kind), kind.label) for kind in NAMED_CLASSES],
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    label = _("Which medicine, and how much?") if name == "drug" else _("To something else? (latex, antiseptic, metal)")
    return AskedText(label=label, max_length=MOST_TEXT, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def _of_topic(topic: Topic, name: str) -> forms.Field:
    if name == "which":
        return AskedThings(
            label=_("Which of these?"), choices=[(thing.key, thing.label) for thing in topic.things],
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if name == "number" and topic.number is not None:
        number = topic.number
        return AskedNumber(
            label=number.label, unit=number.unit, min_value=number.low, max_value=number.high, decimals=1,
        )  # fmt: skip
    if name in DAYS:
        return AskedDay(label=DAYS[name], widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    label = str(topic.note) or _("Whose letter, and of which day?")
    return AskedText(label=label, max_length=MOST_TEXT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
