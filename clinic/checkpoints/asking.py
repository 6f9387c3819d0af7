"""Asking a disk, a bucket or a mail server something without waiting for it longer than one wants to.

Whatever time-outs its client has, a name that is looked up, a share whose machine is away or a server that answers byte
by byte may take as long as it likes. So each is asked in a thread of its own, which is left to itself when it takes too
long: such a thread keeps no process from ending.
"""

import threading
import time
from collections.abc import Callable

from clinic.outbox.stopping import is_stopping

#: So long a program that begins, ends, or was asked to stop waits for all places together: a stop takes 10 s at most.
HURRY_S = 2.0
_LOOK_EVERY_S = 0.1


class NoAnswerError(TimeoutError):
    """Whoever was asked took too long."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"no answer within {waited_s:.0f} s")


class Asked[T]:
    """What somebody was asked; `ask` is called at once, in a thread of its own, and must leave the database alone."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._since = time.monotonic()
        self._found: list[T] = []
        self._error: Exception | None = None
        #: That somebody waited for the answer in vain, even if it has come since.
        self.silence: NoAnswerError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._ask())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            self._error = error

    def answer(self, *, until: float | None) -> T:
        """Wait for the answer `until` this moment of `time.monotonic()`, or for as long as it takes.

        A worker that was asked to stop hurries. Raises NoAnswerError, and whatever `ask` raises.
        """
        hurries = False
        while self._thread.is_alive():
            now = time.monotonic()
            if not hurries and is_stopping():
                hurries, until = True, min(until or float("inf"), now + HURRY_S)
            if until is not None and now >= until:
                self.silence = NoAnswerError(now - self._since)
                raise self.silence
            self._thread.join(_LOOK_EVERY_S if until is None else min(until - now, _LOOK_EVERY_S))
        if self._error is not None:
            raise self._error
        return self._found[0]


def in_short(error: Exception) -> str:
    """Return in one line what somebody who was asked said, or that they said nothing."""
    return str(error) if isinstance(error, NoAnswerError) else " ".join(f"{type(error).__name__}: {error}".split())
