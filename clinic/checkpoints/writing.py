"""Writing checkpoints: where every chain ends now, into every place."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.db import connection

from clinic import clock
from clinic.checkpoints.asking import HURRY_S, Asked, NoAnswerError, in_short
from clinic.checkpoints.places import FEWEST, Bucket, Folder, Place, places
from clinic.checkpoints.rollback import Reading, read
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.standing import note_outcomes
from clinic.checkpoints.texts import checkpoint_text
from clinic.outbox.health import heartbeat
from clinic.outbox.models import Heartbeat
from clinic.outbox.stopping import is_stopping
from clinic.trail.holding import is_held
from clinic.trail.models import ChainHead

logger = logging.getLogger(__name__)


class TooFewPlacesError(RuntimeError):
    """Fewer than two places took a checkpoint."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds all places together get to give back their newest checkpoint, and to take the next one.

    Who has little of it holds it against no place that it gave no answer in time.
    """

    read_s: float
    put_s: float
    blames: bool = True


USUAL = Patience(read_s=10.0, put_s=20.0)
HURRIED = Patience(read_s=HURRY_S, put_s=HURRY_S, blames=False)

type Outcomes = dict[Place, Exception | None]


def write_checkpoint(*, at: datetime, patience: Patience = USUAL) -> list[str]:
    """Put a checkpoint of every site's chain at `at` into every place; return the names of those that took it.

    The folders get it first, since a bucket or a mail server may let us wait; and nobody waits longer than `patience`.
    A place that fails doesn't keep it from the others: what it said is kept (`clinic.checkpoints.standing`). Raises
    TooFewPlacesError when fewer than two took it. Doing it twice writes the same file, or one more.

    Nothing is written while the clinic is read only: what was put back is no end of the trail, and would hide the one
    that is lost. So each place is read before it is written to, and one that gives no answer then is left alone.
    """
    until, named = time.monotonic() + patience.read_s, list(places())
    reading = read(place for place in named if isinstance(place, Folder | Bucket))
    near = [place for place in named if isinstance(place, Folder)]
    text = ""
    outcomes: Outcomes = {}
    for some in (near, [place for place in named if place not in near]):
        if not some:
            continue
        of_them = {place: asked for place, asked in reading.items() if place in some}
        look_for_rollback(at=at, reading=of_them, until=until)
        if is_held():
            break
        text = text or _text(at)
        if not text:
            return []
        outcomes |= _put(some, of_them, at, text, patience)
    if not outcomes:
        return []
    note_outcomes(outcomes if patience.blames and not is_stopping() else _without_blame(outcomes))
    took = [place.name for place, error in outcomes.items() if error is None]
    if len(took) < FEWEST:
        failed = [place.name for place, error in outcomes.items() if error is not None]
        raise TooFewPlacesError(
            f"A checkpoint of the record trail must be kept in {FEWEST} places; {len(took)} took it"
            + (f", these failed: {', '.join(failed)}." if failed else ": name more of them.")
        )
    heartbeat(Heartbeat.Name.CHECKPOINT)
    return took


def _text(at: datetime) -> str:
    heads = ChainHead.objects.exclude(site=None).filter(seq__gt=0).order_by("site_id")
    return "\n".join(checkpoint_text(head, at=at) for head in heads)


def _put(some: Sequence[Place], reading: Reading, at: datetime, text: str, patience: Patience) -> Outcomes:
    """Put `text` into `some` places at once; return for each None, or what was wrong there."""
    moment = at.astimezone(UTC)
    file_name = f"{moment:%Y-%m-%d}/{moment:%Y%m%dT%H%M%SZ}.txt"
    outcomes: Outcomes = {place: reading[place].silence if place in reading else None for place in some}
    asked = {place: Asked(partial(place.put, file_name, text)) for place, wrong in outcomes.items() if wrong is None}
    until = time.monotonic() + patience.put_s
    for place, each in asked.items():
        try:
            each.answer(until=until)
        except Exception as error:  # noqa: BLE001 - whatever a disk, a bucket or a mail server says
            outcomes[place] = error
    for place, wrong in outcomes.items():
        if wrong is not None:
            logger.warning("no checkpoint into %s (%s)", place.name, in_short(wrong))
    return outcomes


def _without_blame(outcomes: Outcomes) -> Outcomes:
    return {place: error for place, error in outcomes.items() if not isinstance(error, NoAnswerError)}


def note_the_end() -> None:
    """Write a checkpoint as a process begins or ends; one that can't be written is logged, and stops nothing."""
    connection.close()  # Postgres may have dropped it meanwhile, or a signal broken off what was being asked
    try:
        write_checkpoint(at=clock.now(), patience=HURRIED)
    except Exception:
        logger.exception("no checkpoint as the process begins or ends")
    finally:
        # The process lives for weeks: a connection that it kept would be dead by its end, and its children inherit it.
        connection.close()
