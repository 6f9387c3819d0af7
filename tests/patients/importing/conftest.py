"""Reading what a test writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patients.importing.limits import Limits
from tests.patients.importing.samples import Reading, read_all


@pytest.fixture
def read_value(tmp_path: Path) -> Callable[..., Reading]:
    """Read a FHIR value (or raw text or bytes) as if it were a file."""

    def read_it(value: Any, name: str = "given.json", limits: Limits | None = None) -> Reading:
        content = value if isinstance(value, str | bytes) else json.dumps(value)
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_all(file, limits=limits)

    return read_it
