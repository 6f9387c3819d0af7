"""Writing checkpoints: where every chain ends now, into every place."""

import logging
from datetime import UTC, datetime

from django.db import connection

from clinic import clock
from clinic.checkpoints.places import FEWEST, places
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.texts import checkpoint_text
from clinic.outbox.health import heartbeat
from clinic.outbox.models import Heartbeat
from clinic.trail.holding import is_held
from clinic.trail.models import ChainHead

logger = logging.getLogger(__name__)


class TooFewPlacesError(RuntimeError):
    """Fewer than two places took a checkpoint."""


def write_checkpoint(*, at: datetime) -> list[str]:
    """Put a checkpoint of every site's chain at `at` into every place; return the names of those that took it.

    A place that fails doesn't keep it from the others. Raises TooFewPlacesError when fewer than two took it. Doing
    it twice writes the same file, or one more. Nothing is written while the clinic is read only: what was put back is
    no end of the trail, and would hide the one that is lost.
    """
    look_for_rollback(at=at)
    if is_held():
        return []
    heads = ChainHead.objects.exclude(site=None).filter(seq__gt=0).order_by("site_id")
    text = "\n".join(checkpoint_text(head, at=at) for head in heads)
    if not text:
        return []
    moment = at.astimezone(UTC)
    file_name = f"{moment:%Y-%m-%d}/{moment:%Y%m%dT%H%M%SZ}.txt"
    took, failed = [], []
    for place in places():
        try:
            place.put(file_name, text)
        except Exception as error:  # noqa: BLE001 - whatever a disk, a bucket or a mail server says
            failed.append(place.name)
            logger.warning("no checkpoint into %s (%s: %s)", place.name, type(error).__name__, error)
        else:
            took.append(place.name)
    if len(took) < FEWEST:
        raise TooFewPlacesError(
            f"A checkpoint of the record trail must be kept in {FEWEST} places; {len(took)} took it"
            + (f", these failed: {', '.join(failed)}." if failed else ": name more of them.")
        )
    heartbeat(Heartbeat.Name.CHECKPOINT)
    return took


def note_the_end() -> None:
    """Write a checkpoint as a process begins or ends; one that can't be written is logged, and stops nothing."""
    connection.close()  # Postgres may have dropped it meanwhile, or a signal broken off what was being asked
    try:
        write_checkpoint(at=clock.now())
    except Exception:
        logger.exception("no checkpoint as the process begins or ends")
    finally:
        # The process lives for weeks: a connection that it kept would be dead by its end, and its children inherit it.
        connection.close()
