"""Everything that the gate looks at before a session goes on, as values."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Lost(StrEnum):
    """A paper that the trail tells of, later than the one that is there, and that somebody has deleted."""

    INTAKE = "intake"
    CHECKLIST = "checklist"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class ChecklistState:
    """Today's signed checklist: what it says now of the planned formulation, and which versions it leaves open.

    `answered_for` names another formulation that it was answered for, "" for the planned one; `clearable` says that a
    prescriber's clearance is what is missing. `amended` says that an answer was put right after the signature; nothing
    is judged by what an amendment says. `ended` says in sentences how the clearances ended that it rests on. `changed`
    says that such an amendment was deleted, and `clearance_changed` that the withdrawal of a clearance was: the trail
    tells of both.
    """

    proceeds: bool
    verdict: str
    open_version_ids: frozenset[int]
    amended: bool = False
    answered_for: str = ""
    clearable: bool = False
    ended: str = ""
    changed: bool = False
    clearance_changed: bool = False

    def closes(self, formulation_version_id: int | None) -> bool:
        """Whether it leaves other formulations open, and not this one; None is no formulation."""
        return bool(self.open_version_ids) and formulation_version_id not in (self.open_version_ids | {None})


@dataclass(frozen=True, slots=True)
class VialState:
    """The vial that was scanned.

    A vial is for one patient: `used_for_another` says that another patient's session has it in hand, or was given
    from it.
    """

    code: str
    formulation_version_id: int
    beyond_use_at: datetime
    remaining_ul: int
    used_for_another: bool = False
    #: The version that it was made from, where the plan's formulation has another one in force now.
    older_version: str = ""


@dataclass(frozen=True, slots=True)
class GateState:
    """Everything that the gate looks at. Dates are the site's, times aware.

    `injected` says whether the session has entries in its map already: it can't be called one that did not proceed
    then. `consent_ended` says in a sentence how the latest consent was taken back, "" where it wasn't.
    """

    on: date
    at: datetime
    deceased: bool
    #: The latest day on which the patient can have been born; None when nothing is known.
    born: date | None
    minimum_age_years: int
    plan_active: bool
    stage_treatable: bool
    earliest_on: date
    checklist: ChecklistState | None
    consent_in_force: bool
    #: What the formulation's restricted ingredients ask the consent to say, and it doesn't.
    lines_not_consented: tuple[str, ...]
    #: The formulation's version, approved since the consent, that patients consent to anew; "" for none.
    formulation_changed: str
    #: What the operator hasn't read and signed yet.
    unread_changes: tuple[str, ...]
    #: What the jurisdiction table in force now says against the formulation.
    not_lawful: tuple[str, ...]
    baseline_on: date | None
    first_session: bool
    baseline_photos_within_days: int
    operator_entitled: bool
    formulation_version_id: int | None
    vial: VialState | None
    injected: bool = False
    consent_ended: str = ""
    #: The latest consent was withdrawn or amended by the trail, and the row that says so was deleted.
    consent_changed: bool = False
    #: What the session rests on and isn't what was signed any more, by name.
    not_as_signed: tuple[str, ...] = ()
    #: Which of the patient's papers the trail tells of last, and aren't there any more.
    lost: frozenset[Lost] = frozenset()
    #: Whether an intake is there at all; the stage is judged by the latest.
    has_intake: bool = True
