"""Who is meant: FHIR references resolved to the patients and medicines of an import.

A reference is looked up in the file it stands in; then among the single resources and NDJSON lines of the same folder,
where a bulk export keeps patients and conditions side by side; then, if it is unmistakable anywhere (a web address, a
UUID, an identifier), in the whole import. A bundle is a world of its own: "Patient/1" of another sender's bundle is
another person, and is never found from outside.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from patients.importing.fhir_values import as_object, as_objects, as_text
from patients.importing.shelf import Slot

AMBIGUOUS = -1
UNMISTAKABLE = re.compile(r"https?://.+|urn:uuid:[0-9a-fA-F-]{36}|urn:oid:.+|identifier:[^|]+\|.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a resource stands: its file's number, the folder of the file, and whether it lies in a bundle."""

    file: int
    folder: str
    bundled: bool = False


@dataclass(slots=True)
class Register:
    """Numbers of resources by the names that a reference may use.

    Two resources under one name find neither, unless they are the same resource twice: equal `tokens`.
    """

    found: dict[tuple[int | str, str], int] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    def add(self, spot: Spot, names: Iterable[str], token: str) -> None:
        """Make the next resource findable under its names."""
        number = len(self.tokens)
        self.tokens.append(token)
        for name in names:
            self._put((spot.file, name), number)
            if not spot.bundled:
                self._put((spot.folder, name), number)
            if UNMISTAKABLE.fullmatch(name):
                self._put(("", name), number)

    def _put(self, key: tuple[int | str, str], number: int) -> None:
        before = self.found.get(key)
        if before is None:
            self.found[key] = number
        elif before == AMBIGUOUS or self.tokens[before] != self.tokens[number]:
            self.found[key] = AMBIGUOUS

    def find(self, spot: Spot, names: Iterable[str]) -> int | None:
        """The resource's number, `AMBIGUOUS`, or None when nothing has any of these names."""
        names = list(names)
        for scope in (spot.file, spot.folder, ""):
            for name in names:
                if (number := self.found.get((scope, name))) is not None:
                    return number
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource on the shelf: where it lies, where it stood, and its own address."""

    slot: Slot
    spot: Spot
    where: str
    full_url: str


def names_of(resource: dict[str, Any], full_url: str) -> Iterator[str]:
    """The names under which others may refer to this resource."""
    kind = as_text(resource.get("resourceType"))
    number = as_text(resource.get("id"))
    web_address = full_url.startswith(("http://", "https://"))
    if full_url:
        yield _plain(full_url)
    if number:
        yield f"{kind}/{number}"
        yield f"urn:uuid:{number}"
    if number and not web_address:
        yield f"any:{kind}/{number}"
    for identifier in as_objects(resource.get("identifier")):
        if value := as_text(identifier.get("value")):
            yield f"identifier:{as_text(identifier.get('system'))}|{value}"


def names_meant(reference: dict[str, Any], full_url: str) -> list[str]:
    """The names that a reference may mean, the surest first. `full_url` is the address of the resource it stands in."""
    found: list[str] = []
    text = _plain(as_text(reference.get("reference")))
    _kind, _sep, query = text.partition("?identifier=")
    parts = text.split("/")
    if query:
        found.append(f"identifier:{query}")
    elif text.startswith(("http://", "https://")):
        found.append(text)
        if len(parts) > 2:
            found.append("any:" + "/".join(parts[-2:]))
    elif text and not text.startswith("#"):
        base = full_url.rpartition("/")[0].rpartition("/")[0]
        if base.startswith(("http://", "https://")):
            found.append(f"{base}/{text}")
        found.append(text)
    identifier = as_object(reference.get("identifier"))
    if value := as_text(identifier.get("value")):
        found.append(f"identifier:{as_text(identifier.get('system'))}|{value}")
    return found


def subject_of(resource: dict[str, Any]) -> dict[str, Any]:
    """The reference to the patient that a resource is about; a plain string stands for a reference."""
    subject = resource.get("subject") or resource.get("patient")
    if isinstance(subject, str):
        return {"reference": subject}
    return next(iter(as_objects(subject)), {})


def said_subject(reference: dict[str, Any]) -> str:
    """How the source names the patient, for a message."""
    return as_text(reference.get("reference")) or as_text(reference.get("display")) or ""


def _plain(address: str) -> str:
    return as_text(address.partition("/_history/")[0])
