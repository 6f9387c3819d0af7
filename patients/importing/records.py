"""What an import finds in a source: patients with their reported facts, and what could not be read.

Plain values, no database. A reported fact is what another system said about a patient. It is shown beside a checklist
question and never answers it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from patients.importing.categories import Kind, Match, Standing


class Sex(StrEnum):
    """Administrative sex, as FHIR writes it; `UNKNOWN` also where the source says nothing."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Precision(StrEnum):
    """How much of a date was given: a year alone is a fact, and not the first of January."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stood: the file's name, and the line or entry in it ("" for the whole file)."""

    file: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that some system gave to a person: the system's name and the value, unique together."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a code system, with the display text that came with it."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class GivenDate:
    """A calendar date as far as it was given; `first_day` is the first day that it can mean."""

    first_day: date
    precision: Precision
    text: str


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name of a person, in its parts, with the use that the source gives it (official, usual, maiden, old...)."""

    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    text: str = ""
    use: str = ""

    @property
    def full(self) -> str:
        """The name as one line: the source's own line, or given names and family name."""
        return self.text or " ".join(part for part in (*self.given, self.family) if part)


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone number or e-mail address: `system` is `phone`, `email` or another word of the source."""

    system: str
    value: str
    use: str = ""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A postal address in its parts, or as one text."""

    lines: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReportedFact:
    """One statement of another system about a patient, as it was given.

    `given_status` keeps the source's own status words beside our `standing`. Dates stay text, because sources write
    "2004" and "approximately November 2012". `excerpt` is the resource itself as JSON, without its narrative, cut at
    `EXCERPT_CHARS`. `content_hash` is the SHA-256 of the resource without narrative and metadata, so that the same
    statement sent again is recognised and a changed one is not.
    """

    kind: Kind
    text: str
    standing: Standing
    given_status: str
    codes: tuple[Code, ...]
    match: Match | None
    onset: str
    ended: str
    recorded: str
    detail: str
    excerpt: str
    place: Place
    resource_type: str
    resource_id: str
    content_hash: str

    @property
    def resource_key(self) -> str:
        """What the source calls this statement, for instance `Condition/f202`; without an id, its content hash."""
        return f"{self.resource_type}/{self.resource_id or self.content_hash}"


@dataclass(frozen=True, slots=True)
class ImportedPatient:
    """A patient as one source describes them. `notes` say in words what a person should look at."""

    place: Place
    identifiers: tuple[Identifier, ...]
    names: tuple[PersonName, ...]
    sex: Sex
    birth_date: GivenDate | None
    deceased: bool = False
    deceased_on: str = ""
    contacts: tuple[Contact, ...] = ()
    addresses: tuple[PostalAddress, ...] = ()
    facts: tuple[ReportedFact, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> PersonName:
        """The name to use: official before usual before the others; a maiden or old name only if there is no other."""
        order = {"official": 0, "usual": 1, "": 2, "nickname": 4, "anonymous": 5, "old": 6, "maiden": 6}
        ranked = sorted(self.names, key=lambda name: order.get(name.use, 3))
        with_family = [name for name in ranked if name.family and order.get(name.use, 3) < 4]
        return (with_family or ranked or [PersonName()])[0]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not taken in: which file, where in it, and why, in words for the person who sent it."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A sound file that holds nothing an import takes, for instance immunisations only."""

    place: Place
    reason: str


Found = ImportedPatient | Refusal | PassedOver
