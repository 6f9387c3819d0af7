"""Everything that is measured, in the present database."""

from collections.abc import Callable, Iterator

from bench import clinic as making
from bench import documents, pages, photos, searching, writing
from bench.clinic import BenchClinic
from bench.report import Row
from bench.timing import STATEMENTS_WARM
from clinic.gunicorn_conf import when_ready

type Say = Callable[[str], None]

PARTS: tuple[tuple[str, Callable[[BenchClinic, int], list[Row]]], ...] = (
    ("pages", pages.run),
    ("search", searching.run),
    ("writes", writing.run),
    ("documents", lambda _, rounds: documents.run(rounds, growth_documents=documents.GROWTH_DOCUMENTS)),
    ("photographs", lambda _, rounds: photos.run(rounds)),
)


def patients_needed(rounds: int) -> int:
    """Return how many patients the rounds of writing use up, with room to spare."""
    return 30 * (rounds + STATEMENTS_WARM + 1)


def measure(*, patients: int, rounds: int, say: Say) -> Iterator[Row]:
    """Make a clinic of `patients` patients and yield each figure as it is measured; `say` hears what is going on."""
    say(f"making a clinic of {patients:,} patients")
    clinic = making.build(patients)
    making.settle()
    when_ready(None)  # what the web processes do before they serve
    for name, run in PARTS:
        say(f"measuring {name}, {rounds} rounds")
        yield from run(clinic, rounds)
