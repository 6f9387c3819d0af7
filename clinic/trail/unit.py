"""The unit of work: one transaction that holds a fact and its trail, or neither.

Services are decorated with `unit_of_work`; inside, `record` notes what was done. When the outermost unit
ends, its notes are written as the last statements before the commit, under the lock of the end of their
site's chain, so the lock is held for a moment only and the chain can't fork.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import connection, models, transaction

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.canonical import canonical, plain, sha256
from clinic.errors import ReadOnly
from clinic.frozen import Frozen, when_added
from clinic.trail.added import Added, say_what_was_added
from clinic.trail.appending import End, keep_looks, locked_ends, write_entries
from clinic.trail.holding import may_wait, waiting, what_to_do
from clinic.trail.models import Action
from clinic.trail.notes import Note
from clinic.trail.seen import remember, went_back
from clinic.trail.turns import take_turn


@dataclass(slots=True)
class _Unit:
    notes: list[Note] = field(default_factory=list)
    #: The facts that were added.
    added: list[Added] = field(default_factory=list)
    #: The ends of the chains that its entries were added to.
    ends: Mapping[int, End] = field(default_factory=dict)


_current: ContextVar[_Unit | None] = ContextVar("clinic_unit", default=None)


class WentBack(ReadOnly):
    """A chain ends before what this process has added to it: an older backup was put back just now."""


class OutsideUnitError(RuntimeError):
    """A fact was about to be written outside a unit of work."""


def unit_of_work[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Run `verb` in one transaction with its trail; an inner unit joins the outer one."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _current.get()
        if outer is not None:
            mark, before = len(outer.notes), len(outer.added)
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except BaseException:
                del outer.notes[mark:], outer.added[before:]
                raise
        token = _current.set(unit := _Unit())
        begins = not connection.in_atomic_block
        try:
            with transaction.atomic():
                if begins:
                    take_turn(by if isinstance(by := kwargs.get("by"), Actor) else None)
                result = verb(*args, **kwargs)
                _append(unit)
        except WentBack:
            if begins:
                _say_that_it_went_back()
            raise
        finally:
            _current.reset(token)
        if begins:  # only then it is committed
            remember(unit.ends)
        return result

    return run


@when_added
def _keep(rows: Sequence[Frozen]) -> None:
    if (unit := _current.get()) is not None:
        place = len(unit.notes)
        unit.added += [Added(type(row), row.pk, place) for row in rows if row.hashed_when_added]


def in_unit() -> bool:
    """Whether a unit of work is open."""
    return _current.get() is not None


def record(
    *,
    by: Actor,
    action: Action,
    subject: models.Model,
    patient: models.Model | int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    at: datetime | None = None,
    at_the_end: Callable[[], Mapping[str, Any]] | None = None,
) -> None:
    """Note that `by` did `action` to `subject`; written with the unit.

    `before` and `after` hold the fields that changed; `at_the_end` is asked for more of `after` once all else of the
    unit is written. `at` is when it happened, when that isn't now.
    Raises OutsideUnitError outside a unit of work.
    """
    unit = _current.get()
    if unit is None:
        raise OutsideUnitError(f"{action} of {subject._meta.label} outside a unit of work")
    unit.notes.append(
        Note(
            by=by,
            action=action,
            object_type=subject._meta.label,
            object_id=str(subject.pk),
            object_label=plain(str(subject))[:200],
            patient_id=patient.pk if isinstance(patient, models.Model) else patient,
            occurred_at=at or clock.now(),
            reason=reason.strip(),
            before=plain(before) if before is not None else None,
            after=plain(after) if after is not None else None,
            at_the_end=at_the_end,
        )
    )


@unit_of_work
def record_read(
    *, by: Actor, subject: models.Model, patient: models.Model | int | None = None, action: Action = Action.READ,
    part: str = "",
) -> None:  # fmt: skip
    """Record that `by` looked at `subject` (or printed or downloaded it): a unit of its own.

    `part` says which part of it, where that isn't the record as such.
    """
    record(by=by, action=action, subject=subject, patient=patient, after={"part": part} if part else None)


def _append(unit: _Unit) -> None:
    """Write the notes into their sites' chains, whose ends are locked in the order of the sites' ids."""
    notes = unit.notes
    if not notes:
        return
    for note in notes:
        if note.at_the_end is not None:
            note.after = (note.after or {}) | plain(note.at_the_end())
    say_what_was_added(unit.added, notes)
    ends = locked_ends({note.by.site.pk for note in notes})
    if not any(end.held for end in ends.values()):
        if went_back(ends):
            raise WentBack(what_to_do())
        write_notes(ends, notes)
        unit.ends = ends
    elif may_wait(notes):
        keep_looks([waiting(note) for note in notes])
    else:
        raise ReadOnly(what_to_do())


def _say_that_it_went_back() -> None:
    """Make the clinic read only for every process, now that the unit that noticed it has come to nothing."""
    # Imported late: whoever looks outside for what was noted writes in units of work too.
    from clinic.checkpoints.noticing import look_while_running

    look_while_running()


def write_notes(ends: Mapping[int, End], notes: Iterable[Note]) -> None:
    """Write the notes as entries after the locked `ends` of their sites, which move on; nothing asks if they may."""
    now = clock.now()
    rows = [_row(ends[note.by.site.pk], note, now) for note in notes]
    write_entries(rows)


def _row(end: End, note: Note, now: datetime) -> tuple[Any, ...]:
    """Return the entry that follows `end`, as COLUMNS has it, and move the end on to it."""
    end.seq += 1
    end.recorded_at = max(now, end.recorded_at) if end.recorded_at else now
    columns = {
        "epoch": end.epoch,
        "seq": end.seq,
        "recorded_at": end.recorded_at,
        "occurred_at": note.occurred_at,
        "actor": note.by.user.pk,
        "actor_name": plain(note.by.name),
        "site": note.by.site.pk,
        "action": str(note.action),
        "object_type": note.object_type,
        "object_id": note.object_id,
        "object_label": note.object_label,
        "patient": note.patient_id,
        "request_id": plain(note.by.request_id),
        "reason": plain(note.reason),
    }
    body = canonical(
        {
            "v": 2,
            **columns,
            "roles": sorted(note.by.roles),
            "address": note.by.address,
            "before": note.before,
            "after": note.after,
            **({"added": note.added} if note.added else {}),
        }
    )
    before, end.hash = end.hash, chain_hash(end.hash, body)
    return (*columns.values(), body, before, end.hash)


def chain_hash(prev_hash: str, body: str) -> str:
    """Return the hash of an event: SHA-256 over the hash before, a line feed and the body."""
    return sha256(f"{prev_hash}\n{body}")
