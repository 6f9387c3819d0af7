"""Where checkpoints are put, outside the database: folders, a bucket, a mailbox.

What they do takes as long as a disk or a network likes: `clinic.checkpoints.asking` waits for it, and not for ever.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.mail import EmailMessage

#: So many places must have taken a checkpoint before it counts as written.
FEWEST = 2


class Place(Protocol):
    """Somewhere a checkpoint can be put; `name` is what people know it by."""

    @property
    def name(self) -> str: ...

    def put(self, file_name: str, text: str) -> None:
        """Keep `text`; raises whatever is wrong there."""


class ReadablePlace(Place, Protocol):
    """A place that gives back what was put there."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every file of checkpoints, where it lies and its text, the newest first. A new place has none.

        Raises whatever is wrong there.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, best on another disk or machine; each day has a folder of its own in it."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def put(self, file_name: str, text: str) -> None:
        target = self.path / file_name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)

    def texts(self) -> Iterator[tuple[str, str]]:
        # The names of days and moments sort by time. A folder that isn't there yet is made with the first checkpoint.
        for day in sorted(self.path.iterdir(), reverse=True) if self.path.exists() else ():
            for path in sorted(day.glob("*.txt"), reverse=True):
                yield str(path), path.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket; switch its object lock on, so that nobody takes a checkpoint back."""

    name: str

    def put(self, file_name: str, text: str) -> None:
        self._storage.save(f"checkpoints/{file_name}", ContentFile(text.encode()))

    def texts(self) -> Iterator[tuple[str, str]]:
        storage = self._storage
        for day in sorted(storage.listdir("checkpoints")[0], reverse=True):
            for name in sorted(storage.listdir(f"checkpoints/{day}")[1], reverse=True):
                path = f"checkpoints/{day}/{name}"
                with storage.open(path) as file:
                    text = file.read().decode(errors="replace")
                yield f"{path} in bucket {self.name}", text

    @cached_property
    def _storage(self) -> Storage:
        """A client of this one's own: one that the process keeps is inherited by forks, which would share its line."""
        named: Any = storages.backends["checkpoints"]
        return storages.create_storage(named)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An e-mail address."""

    name: str

    def put(self, file_name: str, text: str) -> None:
        subject = f"Checkpoint {Path(file_name).stem} {settings.BASE_URL}"
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [self.name]).send()


def folders() -> list[Folder]:
    """Return the folders of the settings; one that is named twice is one."""
    return [Folder(path) for path in dict.fromkeys(Path(path).resolve() for path in settings.CHECKPOINT_FOLDERS)]


def readable_places() -> Iterator[ReadablePlace]:
    """Yield every place of the settings that can be read, which is all but a mailbox."""
    yield from folders()
    if settings.CHECKPOINT_BUCKET:
        yield Bucket(settings.CHECKPOINT_BUCKET)


def places() -> Iterator[Place]:
    """Yield every place that the settings name."""
    yield from readable_places()
    if settings.CHECKPOINT_MAILBOX:
        yield Mailbox(settings.CHECKPOINT_MAILBOX)


def on_one_disk(some: Iterable[Place]) -> bool:
    """Whether one lost disk would take the data and `some` places with it."""
    paths = [place.path if isinstance(place, Folder) else None for place in some]
    return None not in paths and len({_disk(path) for path in (Path(settings.DATA_DIR), *paths) if path}) == 1


def _disk(path: Path) -> int:
    """Return the number of the disk that `path`, or the folder that it will be made in, lies on."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
