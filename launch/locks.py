"""Locks that the kernel gives back when their holder dies: who runs a data folder, and who uses its database."""

import fcntl
import os
from pathlib import Path


class FolderLock:
    """A lock on the file `path`, kept until `release` or the end of this process; not passed on to programs started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1

    def take(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take it, or change what we hold; False when somebody else has it and we don't `wait`."""
        if self._file < 0:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._file, how if wait else how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, text: str) -> None:
        """Leave a note for those who find it taken."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def note(self) -> str:
        """What its holder wrote."""
        try:
            return self.path.read_text()
        except OSError:
            return ""
