"""What things that an entry names by their number were called when it was written: by the trail's own words.

An entry says "author: 4". Whoever was called what at that time stands in the trail itself: each entry about a thing
names it, and each entry names who acted. So a name that was changed since is the one of then, and one query finds the
names for a whole page. A person or a site that no entry tells of has the name of now; anything else keeps its number.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models

from clinic.accounts.models import Site, User
from clinic.trail.models import TrailEvent

#: What a row is called, by the label of its model and its number.
type Names = Mapping[tuple[str, str], str]
#: An entry, and which row it names.
type Key = tuple[int, str, str]

_CALLED = """
SELECT asked.entry, asked.kind, asked.number, called.name
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS asked (entry, kind, number)
CROSS JOIN LATERAL (
    SELECT object_label AS name FROM clinic_trailevent
    WHERE object_type = asked.kind AND object_id = asked.number AND id <= asked.entry AND object_label <> ''
    ORDER BY id DESC LIMIT 1
) AS called
"""


def relation_of(model: type[models.Model] | None, name: str) -> type[models.Model] | None:
    """Return the model whose row a value of this name numbers; None where it numbers none."""
    if model is None:
        return None
    for field in model._meta.concrete_fields:
        if name in {field.name, field.attname} and field.is_relation:
            related: Any = field.related_model
            return related if isinstance(related, type) else None
    return None


def key_of(model: type[models.Model], value: Any) -> tuple[str, str]:
    """Return by what a row is asked for in `Names`."""
    return model._meta.label, str(value)


def names_in(
    said: Iterable[tuple[TrailEvent, type[models.Model] | None, list[tuple[str, Any]]]],
) -> dict[int, dict[tuple[str, str], str]]:
    """Return what the rows are called that entries name by number, for each entry by its key; three queries at most.

    `said` has each entry with the model that it is about, and names and values of what was before and after.
    """
    asked = {
        (event.pk, *key_of(related, value))
        for event, model, values in said
        for name, value in values
        if isinstance(value, int | str) and value != "" and (related := relation_of(model, name)) is not None
    }
    if not asked:
        return {}
    columns = [list(column) for column in zip(*sorted(asked), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, columns)
        found = {(entry, kind, number): name for entry, kind, number, name in cursor.fetchall()}
    missing = [key for key in asked if key not in found]
    found |= _as_now(missing, User, "full_name") | _as_now(missing, Site, "name")
    names: dict[int, dict[tuple[str, str], str]] = {}
    for (entry, kind, number), name in found.items():
        names.setdefault(entry, {})[kind, number] = name
    return names


def _as_now(missing: Iterable[Key], model: type[models.Model], name: str) -> dict[Key, str]:
    """Return the names, as they are now, of those rows of `model` that no entry is about; one query, or none."""
    asked = [key for key in missing if key[1] == model._meta.label and key[2].isdecimal() and len(key[2]) < 19]
    if not asked:
        return {}
    numbers = {int(number) for _entry, _kind, number in asked}
    names = dict(model._default_manager.filter(pk__in=numbers).values_list("pk", name))
    return {key: names[int(key[2])] for key in asked if int(key[2]) in names}
