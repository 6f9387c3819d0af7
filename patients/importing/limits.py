"""How much an import takes: enough for a clinic's real exports, too little to use up the machine."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one import. A parsed file takes about ten times its size in memory, so `file_bytes` bounds that too.

    `entries` counts the resources that are kept, over all files of the import.
    """

    file_bytes: int = 64 * MIB
    ndjson_bytes: int = 2048 * MIB
    line_bytes: int = 8 * MIB
    files: int = 20_000
    folder_depth: int = 12
    depth: int = 64
    entries: int = 2_000_000
    csv_bytes: int = 64 * MIB
    csv_rows: int = 200_000
