"""Dates and numbers of records are read as one word: no cell of a list lets one be broken over lines."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SCREENS = [
    path
    for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
    if "documents" not in path.relative_to(settings.BASE_DIR).parts
]
#: A cell that begins with a date, or with the number of a patient, a preparation or a lot.
BARE = re.compile(r"<t[dh]>\s*(?:<a(?![^>]*nowrap)[^>]*>)?\{\{ (?:[\w.]+\|(?:day|moment)|[\w.]*(?:record|lot)_number) ")


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_cell_lets_a_date_or_a_number_be_broken(path: Path) -> None:
    assert BARE.findall(path.read_text(encoding="utf-8")) == []


def test_codes_are_whole_and_only_what_is_longer_than_a_line_is_broken() -> None:
    styles = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    assert ".code { white-space: nowrap; }" in styles
    assert ".code:is(.hash, .on-paper)" in styles
