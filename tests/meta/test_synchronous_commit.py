"""What the page called saved survives a crash of the machine: nothing trades that for speed."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.meta.project import ROOMS

#: Settings that let a crash take back what was committed, wherever somebody writes them.
RISKY = re.compile(
    r"(synchronous_commit|fsync|full_page_writes)\W*(to|=)?\W*(off|false|0|local)\b|\bUNLOGGED\b", re.IGNORECASE
)


@pytest.mark.django_db
@pytest.mark.parametrize(("setting", "value"), [("synchronous_commit", "on"), ("timezone", "UTC")])
def test_the_clinics_connection_has_it(setting: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [setting])
        assert cursor.fetchone() == (value,)


def test_nothing_in_the_product_switches_it_off() -> None:
    root = Path(settings.BASE_DIR)
    files = [path for folder in (*ROOMS, "launch", "demo") for path in (root / folder).rglob("*.py")]
    found = {str(path.relative_to(root)) for path in files if RISKY.search(path.read_text(encoding="utf-8"))}
    assert found <= {"launch/checks.py"}  # the tests' own database, thrown away after them


@pytest.mark.parametrize("text", ["-c synchronous_commit=off", "SET LOCAL synchronous_commit TO off", "fsync = 'off'"])
def test_it_knows_the_ways_of_switching_it_off(text: str) -> None:
    assert RISKY.search(text)
