"""Where resources lie between reading and linking: on disk once there are many, so that memory stays small."""

import json
import tempfile
from types import TracebackType
from typing import Any

from patients.importing.limits import MIB

Slot = tuple[int, int]


class Shelf:
    """Keeps JSON objects and gives them back by their slot. A context manager; what is left on it is thrown away."""

    def __init__(self, in_memory: int = 32 * MIB) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115  closed in __exit__
        self._end = 0

    def put(self, value: dict[str, Any]) -> Slot:
        """Store the object and return where it lies."""
        content = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
        self._file.seek(self._end)
        self._file.write(content)
        slot = (self._end, len(content))
        self._end += len(content)
        return slot

    def get(self, slot: Slot) -> dict[str, Any]:
        """The object that was put there."""
        start, length = slot
        self._file.seek(start)
        found: dict[str, Any] = json.loads(self._file.read(length))
        return found

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
