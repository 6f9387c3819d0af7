"""What nobody signed yet says so on paper, on every page; what was signed does not."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string

PARTIAL = "components/not_signed.html"
ALWAYS = ("patients/screening/checklist.html", "sessions/preparation/bench.html", "protocols/drafts/draft.html")
UNTIL_SIGNED = {
    "patients/screening/read.html": "{% if not signed %}",
    "sessions/preparation/record.html": "{% if not preparation.signature %}",
    "sessions/treatment/session.html": "{% if is_open %}",
    "audit/month6/audit.html": "{% if is_open %}",
    "protocols/decisions/version.html": "{% if not version.approval_signature_id %}",
}


def source_of(name: str) -> str:
    """Return the text of a template."""
    return Path(get_template(name).origin.name).read_text(encoding="utf-8")


def test_the_mark_is_in_words_and_on_paper_only() -> None:
    shown = render_to_string(PARTIAL)
    assert "Draft, not signed" in shown
    assert "on-paper" in shown


def test_the_mark_is_fixed_so_that_every_page_bears_it() -> None:
    style = (Path(settings.BASE_DIR) / "static" / "css" / "print.css").read_text(encoding="utf-8")
    assert ".not-signed { position: fixed;" in style


@pytest.mark.parametrize("name", ALWAYS)
def test_a_page_of_what_is_being_written_is_marked(name: str) -> None:
    assert f'{{% include "{PARTIAL}" %}}' in source_of(name)


@pytest.mark.parametrize("name", UNTIL_SIGNED)
def test_a_page_that_shows_both_is_marked_until_it_is_signed(name: str) -> None:
    assert f'{UNTIL_SIGNED[name]}{{% include "{PARTIAL}" %}}{{% endif %}}' in source_of(name)
