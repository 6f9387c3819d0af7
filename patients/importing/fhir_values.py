"""FHIR data types, read tolerantly: whatever stands where a value is expected, there is an answer and no exception.

A value of the wrong type counts as absent; a single object stands for a list of one, as several systems write it.
"""

import re
from datetime import date
from typing import Any

from patients.importing.category_codes import bare_code
from patients.importing.records import Code, Contact, GivenDate, Identifier, PersonName, PostalAddress, Precision
from patients.importing.wording import clean

SHORT = 120
LINE = 300
CODES = 12
REPEATS = 20

DATE = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2})(T.*)?)?)?", re.ASCII | re.DOTALL)


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a single object is a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: Any, *, limit: int = LINE) -> str:
    """A string or number as one clean line; anything else is no text."""
    if isinstance(value, str):
        return clean(value, limit=limit)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clean(str(value), limit=limit)
    return ""


def as_texts(value: Any, *, limit: int = LINE) -> tuple[str, ...]:
    """The texts of a list, empty ones left out; a single text is a list of one."""
    values = value if isinstance(value, list) else [value]
    found = (as_text(item, limit=limit) for item in values[:REPEATS])
    return tuple(text for text in found if text)


def word(value: Any) -> str:
    """A code word in lower case, out of a plain string (as in older FHIR) or a CodeableConcept."""
    if isinstance(value, str):
        return clean(value, limit=SHORT).lower()
    concept = as_object(value)
    for coding in as_objects(concept.get("coding")):
        if code := as_text(coding.get("code"), limit=SHORT):
            return code.lower()
    return as_text(concept.get("text"), limit=SHORT).lower()


def codes(concept: Any) -> tuple[Code, ...]:
    """The codings of a CodeableConcept (or a bare Coding) that have a code or a display."""
    found = as_object(concept)
    codings = as_objects(found.get("coding")) or ([found] if "code" in found else [])
    read = (
        Code(
            as_text(coding.get("system"), limit=LINE),
            as_text(coding.get("code"), limit=SHORT),
            as_text(coding.get("display"), limit=LINE),
        )
        for coding in codings[:CODES]
    )
    return tuple(code for code in read if code.code or code.display)


def concept_text(concept: Any) -> str:
    """What a concept is called: its own text, else the first display, else its first code with the system's name."""
    if isinstance(concept, str):
        return as_text(concept)
    if text := as_text(as_object(concept).get("text")):
        return text
    found = codes(concept)
    return next(
        (code.display for code in found if code.display),
        next((bare_code(code.system, code.code) for code in found), ""),
    )


def given_date(value: Any) -> GivenDate | None:
    """A FHIR date or dateTime as far as it was given; None for anything that is no calendar date."""
    text = as_text(value, limit=60)
    parts = DATE.fullmatch(text)
    if parts is None:
        return None
    month, day = parts["month"], parts["day"]
    try:
        first_day = date(int(parts["year"]), int(month or 1), int(day or 1))
    except ValueError:
        return None
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    return GivenDate(first_day, precision, text.partition("T")[0])


def moment(resource: dict[str, Any], *stems: str) -> str:
    """The text of the first choice element that is there: onsetDateTime, onsetPeriod, onsetAge, onsetString..."""
    for stem in stems:
        for name, value in resource.items():
            if name.startswith(stem) and (text := _moment_text(value)):
                return text
    return ""


def _moment_text(value: Any) -> str:
    if isinstance(value, dict):
        if "start" in value or "end" in value or "low" in value or "high" in value:
            ends = (_moment_text(value.get(name)) for name in ("start", "low", "end", "high"))
            return " – ".join(text for text in ends if text)
        number = as_text(value.get("value"), limit=SHORT)
        return f"{number} {as_text(value.get('unit') or value.get('code'), limit=SHORT)}".strip() if number else ""
    return as_text(value, limit=SHORT)


def identifiers(value: Any) -> tuple[Identifier, ...]:
    """The identifiers that can tell a person: with a value, and with a system or at least a type, none of them cut."""
    found: dict[Identifier, None] = {}
    for item in as_objects(value)[:REPEATS]:
        number = as_text(item.get("value"), limit=LINE + 1)
        kind = concept_text(item.get("type")).casefold()
        system = as_text(item.get("system"), limit=LINE + 1) or (f"type:{kind}" if kind else "")
        if 0 < len(number) <= LINE and 0 < len(system) <= LINE and as_text(item.get("use")) != "temp":
            found[Identifier(system, number)] = None
    return tuple(found)


def person_names(value: Any) -> tuple[PersonName, ...]:
    """The names that name somebody: those with a family name, a given name or a text. A plain string is a text."""
    if isinstance(value, str):
        value = [{"text": value}]
    read = (
        PersonName(
            family=" ".join(as_texts(item.get("family"))),
            given=as_texts(item.get("given")),
            prefix=as_texts(item.get("prefix"), limit=SHORT),
            suffix=as_texts(item.get("suffix"), limit=SHORT),
            text=as_text(item.get("text")),
            use=as_text(item.get("use"), limit=SHORT).lower(),
        )
        for item in as_objects(value)[:REPEATS]
    )
    return tuple(name for name in read if name.full)


def contacts(value: Any) -> tuple[Contact, ...]:
    """Telephone numbers and e-mail addresses that are still in use, in the order of the source's rank."""
    ranked = sorted(as_objects(value)[:REPEATS], key=_rank)
    read = (
        Contact(
            as_text(item.get("system"), limit=SHORT).lower(),
            as_text(item.get("value")),
            as_text(item.get("use"), limit=SHORT).lower(),
        )
        for item in ranked
    )
    return tuple(contact for contact in read if contact.value and contact.use != "old")


def _rank(item: dict[str, Any]) -> int:
    rank = item.get("rank")
    return rank if isinstance(rank, int) and rank > 0 else 1000


def addresses(value: Any) -> tuple[PostalAddress, ...]:
    """The postal addresses that hold something and aren't marked old."""
    read = (
        PostalAddress(
            lines=as_texts(item.get("line")),
            city=as_text(item.get("city")),
            district=as_text(item.get("district")),
            state=as_text(item.get("state")),
            postal_code=as_text(item.get("postalCode"), limit=SHORT),
            country=as_text(item.get("country"), limit=SHORT),
            text=as_text(item.get("text"), limit=1000),
        )
        for item in as_objects(value)[:REPEATS]
        if as_text(item.get("use")).lower() != "old"
    )
    return tuple(address for address in read if address != PostalAddress())
