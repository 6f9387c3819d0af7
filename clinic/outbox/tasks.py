"""The two tasks that Celery knows. Both only look at Postgres: losing or doubling a message changes nothing."""

from clinic import clock
from clinic.celery import app
from clinic.checkpoints.noticing import look_while_running
from clinic.outbox.claims import waiting
from clinic.outbox.drain import drain as drain_outbox
from clinic.outbox.health import heartbeat
from clinic.outbox.models import Heartbeat
from clinic.outbox.registry import effect_names
from clinic.outbox.ticks import write_due_ticks as write_ticks
from clinic.outbox.wake import wake
from clinic.trail.holding import is_held

#: A wake-up that nobody read in time says nothing new.
WAKE_EXPIRES_S = 60
#: A worker that is asked to stop finishes its task first, so a task is short and asks for the next one.
BUDGET_S = 4.0


@app.task(name="clinic.outbox.drain")
def drain() -> None:
    """Do what is due for a few seconds; then, if there is more, ask for another turn. Nothing in a read-only clinic."""
    heartbeat(Heartbeat.Name.WORKER)
    look_while_running()
    if is_held():
        return  # it waits, and uses up no attempts
    drain_outbox(budget_s=BUDGET_S)
    if waiting(effects=effect_names(), at=clock.now()):
        wake()


@app.task(name="clinic.outbox.write_due_ticks")
def write_due_ticks() -> None:
    """Write down the ticks that fell due and defer their effects; later, while the clinic is read only."""
    if not is_held():
        write_ticks(at=clock.now())
