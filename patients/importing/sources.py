"""Reading a path: one file, or a folder with everything in it. What can't be read is refused by name and passed by.

`read` is the door of this package. It raises nothing, whatever lies at the path.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path

from django.utils.translation import gettext as _

from patients.importing.csv_file import read_csv
from patients.importing.fhir import Gathering
from patients.importing.json_text import Unreadable, decode, parse
from patients.importing.limits import MIB, Limits
from patients.importing.records import Found, Place, Refusal
from patients.importing.shelf import Shelf
from patients.importing.wording import clean

CSV_ENDINGS = {".csv", ".tsv", ".txt"}
NDJSON_ENDINGS = {".ndjson", ".jsonl"}
NAME_CHARS = 400


class Format(StrEnum):
    """What the files are; `None` in its place means: by the ending of each file's name."""

    FHIR = "fhir"
    CSV = "csv"


def read(path: Path, fmt: Format | None = None, *, on: date, limits: Limits | None = None) -> Iterator[Found]:
    """Everything at a path: patients with their facts, refusals, and files without concern. Raises nothing.

    `on` is the day of the import. Facts reach the patient they name even when they lie in another file of the folder.
    """
    limits = limits or Limits()
    with Shelf() as shelf:
        gathering = Gathering(shelf, limits)
        try:
            for file in _files(path, limits):
                if isinstance(file, Refusal):
                    yield file
                else:
                    yield from _file(file, _name(file, path), fmt, gathering, on)
        except Unreadable as error:
            yield Refusal(Place(_name(path, path)), str(error))
        yield from gathering.results(on=on)


def _files(path: Path, limits: Limits) -> Iterator[Path | Refusal]:
    """The files at a path, sorted by name. Hidden ones and links are refused by name, never followed."""
    if not _is_folder(path):
        yield path
        return
    count = 0
    closed: list[OSError] = []
    for folder, inner, names in os.walk(path, onerror=closed.append):
        here = Path(folder)
        yield from _passed(here, [*inner, *names], path)
        inner[:] = sorted(name for name in inner if not name.startswith(".") and not (here / name).is_symlink())
        if len(here.parts) - len(path.parts) >= limits.folder_depth and inner:
            yield Refusal(Place(_name(here, path)), _("Folders lie too deep in each other; what is below is not read."))
            inner.clear()
        for name in sorted(name for name in names if not name.startswith(".")):
            count += 1
            if count > limits.files:
                raise Unreadable(_("The folder holds more than %(most)d files.") % {"most": limits.files})
            yield here / name
    for error in closed:
        yield Refusal(Place(_name(Path(error.filename or path), path)), _not_read(error))


def _passed(here: Path, names: Iterable[str], root: Path) -> Iterator[Refusal]:
    """Name what isn't gone into: hidden files and folders, and links to folders."""
    for name in sorted(names):
        entry = here / name
        if name.startswith("."):
            yield Refusal(Place(_name(entry, root)), _("Hidden files and folders aren't read."))
        elif entry.is_symlink() and entry.is_dir():
            yield Refusal(Place(_name(entry, root)), _("This is a link to another place. Give the folder itself."))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _name(file: Path, root: Path) -> str:
    """What a file is called in messages: its path below the folder that is imported."""
    shown = file.relative_to(root) if file != root and file.is_relative_to(root) else Path(file.name or str(file))
    return clean(str(shown), limit=NAME_CHARS)


def _file(file: Path, name: str, fmt: Format | None, gathering: Gathering, on: date) -> Iterator[Found]:
    ending = file.suffix.casefold()
    as_csv = fmt is Format.CSV or (fmt is None and ending in CSV_ENDINGS)
    limits = gathering.limits
    try:
        if as_csv:
            yield from read_csv(_content(file, limits.csv_bytes), name, on=on, limits=limits)
        elif ending in NDJSON_ENDINGS:
            yield from _ndjson(file, name, gathering)
        else:
            yield from _json(file, name, gathering)
    except Unreadable as error:
        yield Refusal(Place(name), str(error))


def _json(file: Path, name: str, gathering: Gathering) -> Iterator[Refusal]:
    text = decode(_content(file, gathering.limits.file_bytes))
    if not text.strip():
        raise Unreadable(_("The file is empty."))
    value = parse(text, gathering.limits)
    yield from gathering.add(gathering.open(name, str(file.parent)), value)


def _ndjson(file: Path, name: str, gathering: Gathering) -> Iterator[Refusal]:
    """One resource per line. A bad line is refused by its number, the others go in."""
    limits = gathering.limits
    _regular(file, limits.ndjson_bytes)
    number = gathering.open(name, str(file.parent))
    try:
        with file.open("rb") as lines:
            count = 0
            while line := lines.readline(limits.line_bytes + 1):
                count += 1
                where = _("line %(number)d") % {"number": count}
                if len(line) > limits.line_bytes:
                    yield Refusal(Place(name, where), _too_big(limits.line_bytes, _("The line")))
                    while line and not line.endswith(b"\n"):
                        line = lines.readline(limits.line_bytes)
                elif line.strip():
                    yield from _line(line, name, where, number, gathering)
    except OSError as error:
        raise Unreadable(_not_read(error)) from error


def _line(line: bytes, name: str, where: str, number: int, gathering: Gathering) -> Iterator[Refusal]:
    try:
        value = parse(decode(line), gathering.limits)
    except Unreadable as error:
        yield Refusal(Place(name, where), str(error))
    else:
        yield from gathering.add(number, value, where)


def _content(file: Path, most: int) -> bytes:
    _regular(file, most)
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise Unreadable(_not_read(error)) from error
    if len(content) > most:
        raise Unreadable(_too_big(most, _("The file")))
    return content


def _regular(file: Path, most: int) -> None:
    """Raises `Unreadable` unless this is an ordinary file of a size that is read."""
    try:
        found = file.lstat()
    except OSError as error:
        raise Unreadable(_not_read(error)) from error
    except ValueError as error:  # a NUL character in the name
        raise Unreadable(_("No file can have this name.")) from error
    if stat.S_ISLNK(found.st_mode):
        raise Unreadable(_("This is a link to another place. Give the file itself."))
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(_("This is not an ordinary file."))
    if found.st_size > most:
        raise Unreadable(_too_big(most, _("The file")))


def _too_big(most: int, what: str) -> str:
    size = f"{most // MIB} MiB" if most >= MIB else f"{most} bytes"
    return _("%(what)s is bigger than %(size)s. Ask the sender for smaller parts.") % {"what": what, "size": size}


def _not_read(error: OSError) -> str:
    return _("The file can't be read: %(why)s.") % {"why": error.strerror or type(error).__name__}
