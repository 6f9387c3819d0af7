"""Files of keys: made once, readable by their owner only."""

import os
import tempfile
from pathlib import Path


def keep(path: Path, content: bytes) -> None:
    """Write `path` once: whoever comes second keeps the file that is there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
