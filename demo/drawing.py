"""The demo's pictures, drawn by a process of their own while the clinic's records are written by this one."""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection

from patients.photos.drawn import draw_scalp


@dataclass(frozen=True, slots=True)
class Drawing:
    """What `draw_scalp` is asked for: pixels, an aware moment."""

    view: str
    stage: str
    density: float
    seed: int
    width: int
    height: int
    captured_at: datetime
    camera: str


def drawn(wanted: Sequence[Drawing]) -> Iterator[bytes]:
    """Yield a JPEG for each of `wanted`, one drawn ahead; raises OSError when nothing draws any more."""
    artist = _artist()
    artist.send(list(wanted))
    for _drawing in wanted:
        try:
            yield artist.recv_bytes()
        except EOFError as error:
            raise OSError("the program that draws the demo's pictures has ended") from error


@cache
def _artist() -> Connection:
    # Not forked: a copy of this process would hold its connection to the database.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=_draw, args=(theirs,), name="demo-pictures", daemon=True).start()
    theirs.close()
    return ours


def _draw(asked: Connection) -> None:
    """Draw what is asked for, until the process that asks is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C means the command, whose end is noticed
    try:
        while True:
            for drawing in asked.recv():
                asked.send_bytes(draw_scalp(**asdict(drawing)))
    except (EOFError, ConnectionError):
        return
