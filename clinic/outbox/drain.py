"""Working through what is owed: claim, run, mark done; give back or park what failed."""

import logging
import os
import socket
import time
import traceback
import uuid
from dataclasses import dataclass
from itertools import count

from django.db import Error as DatabaseError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import clock
from clinic.outbox.claims import Claim, LeaseLostError, claim, complete, fail, hold
from clinic.outbox.registry import Effect, effect_named, effect_names
from clinic.outbox.services import raise_alert
from clinic.outbox.stopping import is_stopping
from clinic.trail.unit import unit_of_work

logger = logging.getLogger(__name__)


#: Of so many claims one takes what has waited longest, whatever its priority: a stream of work that comes first slows
#: the rest down and doesn't stop it.
TURN_OF_THE_OLDEST = 4
_claims = count(1)


@dataclass(slots=True)
class Tally:
    """What one round of work came to."""

    done: int = 0
    failed: int = 0
    parked: int = 0


def drain(*, budget_s: float | None = None, effects: list[str] | None = None) -> Tally:
    """Do what is due, the first priority first, until nothing is left or `budget_s` seconds have passed.

    A worker that was asked to stop begins nothing more. `effects` narrows the work down to some effects. A database
    that goes away raises OperationalError; what was begun is then taken up again when its lease has run out.
    """
    names = effect_names() if effects is None else effects
    ends = None if budget_s is None else time.monotonic() + budget_s
    tally = Tally()
    while not is_stopping() and (ends is None or time.monotonic() < ends):
        oldest = next(_claims) % TURN_OF_THE_OLDEST == 0
        claimed = claim(effects=names, holder=_new_holder(), at=clock.now(), oldest=oldest)
        if claimed is None:
            break
        _work_on(claimed, effect_named(claimed.effect), tally)
    return tally


def _new_holder() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex}"


def _work_on(claimed: Claim, effect: Effect, tally: Tally) -> None:
    if claimed.attempts > effect.attempts:
        # The last attempt took its worker down with it, so nobody was left to say so.
        _give_back(claimed, effect, error="the worker stopped during the last attempt", tally=tally)
        return
    try:
        _run(claimed, effect)
    except LeaseLostError:
        logger.warning("outbox entry %s (%s): another worker took it over", claimed.id, claimed.effect)
    except DatabaseError as error:
        logger.warning("outbox entry %s (%s): %s", claimed.id, claimed.effect, type(error).__name__)
        _give_back(claimed, effect, error=traceback.format_exc(), tally=tally)
    except Exception as error:  # noqa: BLE001 - whatever an effect raises is kept with its entry and tried again
        # The message may name a patient: it goes into the entry, never into the log.
        logger.warning("outbox entry %s (%s): %s", claimed.id, claimed.effect, type(error).__name__)
        _give_back(claimed, effect, error=traceback.format_exc(), tally=tally)
    else:
        tally.done += 1


@unit_of_work
def _run(claimed: Claim, effect: Effect) -> None:
    hold(claimed)
    effect.run(claimed.payload, at=clock.now())
    complete(claimed)


def _give_back(claimed: Claim, effect: Effect, *, error: str, tally: Tally) -> None:
    park = claimed.attempts >= effect.attempts
    with transaction.atomic():
        if not fail(claimed, error=error, park=park):
            return
        if park:
            raise_alert(
                kind="outbox.parked",
                key=f"outbox.parked:{claimed.id}:{claimed.holder.rpartition(':')[2]}",
                text=_("Work could not be done after %(attempts)d attempts: %(effect)s.")
                % {"attempts": effect.attempts, "effect": effect.name},
                subject=str(claimed.id),
                at=clock.now(),
            )
    tally.failed += 1
    tally.parked += park
