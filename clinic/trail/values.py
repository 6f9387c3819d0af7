"""What a trail entry says, value by value, as people read it: labels, words for codes, and which values only verify."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.components.amounts import day, ml, moment
from clinic.components.records import Change
from clinic.signing.models import Meaning
from clinic.trail.naming import Names, key_of, relation_of

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_IN_UL = re.compile(r",? in µL$")
#: Hashes of rows that an entry holds, by their names in it.
HASHES: Mapping[str, Promise] = MappingProxyType(
    {
        "rows": gettext_lazy("Hash of the locked rows"),
        "state_rows": gettext_lazy("Hash of what moves with its state"),
        "rests_on": gettext_lazy("Hash of the rows it rests on"),
        "added": gettext_lazy("Hash of the rows recorded with it"),
    }
)


class Fact(NamedTuple):
    """One thing that an entry says, of which nothing was before and nothing after.

    A `technical` one says nothing to people: it is there for whoever verifies the trail.
    """

    label: str
    value: str
    technical: bool = False


#: What no row is called by.
NAMELESS: Names = MappingProxyType({})


def fact(model: type[models.Model] | None, name: str, value: Any, *, label: str = "", technical: bool = False) -> Fact:
    """Return one value of an entry about a record of `model`; `label` says what it is where no field does."""
    field = field_of(model, name)
    return Fact(label or label_of(field, name), text_of(value, name, field), technical)


def changes(
    model: type[models.Model] | None, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
    names: Names = NAMELESS,
) -> list[Change]:  # fmt: skip
    """Return the fields that say something else `after` than `before`, in the order that they were recorded in.

    A value that is the number of a row is said by what `names` calls it.
    """
    old, new = before or {}, after or {}
    found = []
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) == new.get(name):
            continue
        field = field_of(model, name)
        both = old.get(name), new.get(name)
        was, now = (_called(model, name, value, names) or text_of(value, name, field) for value in both)
        if was or now:
            found.append(Change(label_of(field, name), was, now))
    return found


def _called(model: type[models.Model] | None, name: str, value: Any, names: Names) -> str:
    """Return what the row is called whose number this is; "" where it is none, or nobody knows."""
    if not names or (related := relation_of(model, name)) is None:
        return ""
    return names.get(key_of(related, value), "")


def model_named(label: str) -> type[models.Model] | None:
    """Return the model an entry is about; None for one that the clinic no longer has."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):  # a name that was altered may be none at all
        return None


def field_of(model: type[models.Model] | None, name: str) -> Any:
    """Return the field that a value is of; None where it is of none."""
    if model is None:
        return None
    return next((field for field in model._meta.concrete_fields if name in {field.name, field.attname}), None)


def label_of(field: Any, name: str) -> str:
    """Return what a value is called."""
    if field is None and name in HASHES:
        return str(HASHES[name])
    said = str(field.verbose_name) if field is not None else name.removesuffix("_ul").replace("_", " ")
    if name.endswith("_ul"):
        said = _IN_UL.sub("", said)  # the value is written in mL, with its unit
    return (said[:1].upper() + said[1:]).replace("Sha256", "SHA-256").replace("sha256", "SHA-256")


def text_of(value: Any, name: str, field: Any = None) -> str:
    """Write a value of the canonical JSON as people read it; nothing for None, an empty text, an empty list."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict) and name in HASHES:  # tables with the hash of rows; which columns, the verifier reads
        hashes = {table: each.get("sha256") if isinstance(each, dict) else each for table, each in value.items()}
        return "; ".join(f"{_table_names().get(table, table)} {text_of(each, '')}" for table, each in hashes.items())
    if isinstance(value, dict):
        return "; ".join(f"{label_of(None, key)}: {text_of(item, key) or '–'}" for key, item in value.items())
    if isinstance(value, list):
        if name == "record":
            value = _kind_and_number(value)
        return " · ".join(text_of(item, name) or "–" for item in value)
    if choices := _choices(name, field):
        return str(choices.get(value, value))
    if isinstance(value, int):
        return ml(value) if name.endswith("_ul") else str(value)
    return _moment_or_text(str(value))


def _choices(name: str, field: Any) -> dict[Any, Any]:
    """Return the words for a value's codes; none where it is no code."""
    if name == "meaning":  # a signature's, whose record may have no field for it
        return dict(Meaning.choices)
    return dict(field.flatchoices) if field is not None and field.choices else {}


@cache
def _table_names() -> dict[str, str]:
    return {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}


def _kind_and_number(record: list[Any]) -> list[Any]:
    """Return the record that an amendment or a second signature is of with its kind in words."""
    model = model_named(str(record[0]))
    return [f"{model._meta.verbose_name} {record[1]}"] if model is not None and len(record) == 2 else record


def _moment_or_text(value: str) -> str:
    try:
        if _TIME.fullmatch(value):
            return moment(datetime.fromisoformat(value))
        if _DAY.fullmatch(value):
            return day(date.fromisoformat(value))
    except ValueError:  # it only looked like one
        pass
    return value.replace("_", " ") if _CODE.fullmatch(value) else value
