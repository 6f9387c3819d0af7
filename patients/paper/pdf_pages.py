"""The pages of a scanned PDF as pictures. The file is untrusted, so a confined process draws it (`pdf_host`)."""

import importlib.util
import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from patients.paper.limits import LIMITS, MOST_ANSWER_BYTES, MOST_PAGES, PAGE_SIDE_PX
from patients.photos.decoder_pool import environment

#: Beyond the time that drawing may take: to start, with a cold disk, on a busy machine.
START_SECONDS = 10.0
logger = logging.getLogger(__name__)

_PROGRAM = "import sys; sys.path[:0] = sys.argv[1:]; from patients.paper.pdf_host import main; main()"
_MOST_HEAD_BYTES = 64 * 1024
_MOST_CODES = 50


class PdfUnreadable(ValueError):
    """The file can't be drawn; `why` is locked, damaged, too_many_pages or too_slow."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pages, grey, and what the QR codes on each of them say."""

    pages: tuple[Image.Image, ...]
    texts: tuple[tuple[str, ...], ...]


def draw(path: Path) -> Drawn:
    """Return the pages of the PDF at `path`; raises PdfUnreadable, never later than the limits' time and a little."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as stream:
        try:
            with path.open("rb") as file:
                process = subprocess.Popen(
                    _command(), stdin=file, stdout=theirs, stderr=subprocess.DEVNULL, env=environment(), cwd="/"
                )
        finally:
            os.close(theirs)
        too_late = threading.Timer(LIMITS.wall_seconds + START_SECONDS, process.kill)
        too_late.start()
        try:
            answer = stream.read(MOST_ANSWER_BYTES + 1)
        finally:
            too_late.cancel()
            process.kill()
            process.wait()
    if not answer:
        # Stopped for its time or its memory, or crashed: either way it can't be drawn here.
        logger.warning("The process that draws a PDF ended with %s and no answer", process.returncode)
        raise PdfUnreadable("too_slow")
    return _read(answer)


def _command() -> list[str]:
    ours = Path(__file__).resolve().parents[2]
    paths = [ours]
    for name in ("PIL", "pypdfium2", "zxingcpp"):
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise RuntimeError(f"{name} is not installed")
        paths.append(Path(found.origin).parent if name == "zxingcpp" else Path(found.origin).parents[1])
    return [sys.executable, "-I", "-S", "-c", _PROGRAM, *dict.fromkeys(os.fspath(path) for path in paths)]


def _read(answer: bytes) -> Drawn:
    """Return what the process drew. Its words aren't believed: anything out of bounds is a file that can't be read."""
    line, _, pixels = answer.partition(b"\n")
    try:
        head: dict[str, Any] = json.loads(line) if len(line) <= _MOST_HEAD_BYTES else {}
        if why := head.get("refused"):
            raise PdfUnreadable(why if why in {"locked", "damaged", "too_many_pages"} else "damaged")
        sizes = [(int(width), int(height)) for width, height in head["sizes"]]
        texts = tuple(tuple(str(text)[:500] for text in said[:_MOST_CODES]) for said in head["codes"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise error if isinstance(error, PdfUnreadable) else PdfUnreadable("damaged") from error
    bounded = all(1 <= side <= PAGE_SIDE_PX + 1 for size in sizes for side in size)
    whole = len(texts) == len(sizes) and sum(w * h for w, h in sizes) == len(pixels)
    if not bounded or not 1 <= len(sizes) <= MOST_PAGES or not whole:
        raise PdfUnreadable("damaged")
    pages, at = [], 0
    for width, height in sizes:
        pages.append(Image.frombytes("L", (width, height), pixels[at : at + width * height]))
        at += width * height
    return Drawn(tuple(pages), texts)
