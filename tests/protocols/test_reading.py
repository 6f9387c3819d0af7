"""Versions side by side, from the screen alone, and where one was used."""

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.decisions.difference import difference
from protocols.decisions.showing import Row, Shown, Table, shown
from tests.protocols.builders import (
    a_line,
    an_ingredient,
    approved,
    approved_formulation,
    draft_formulation,
    draft_leaflet,
    make_author,
    next_version,
)

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def _compare(version: Any, other: Any = None) -> str:
    address = reverse("version_compare", args=[version.kind, version.pk])
    return f"{address}?with={other.pk}" if other is not None else address


class TestComparing:
    """Any two versions of a document."""

    def test_the_first_and_the_third_are_laid_side_by_side(self, client: Client, site: Site, sign_in: Any) -> None:
        first = approved_formulation(site, beyond_use_hours=24)
        second = approved(next_version(first, beyond_use_hours=12))
        third = next_version(second, beyond_use_hours=8, storage="room")
        sign_in(site, Role.AUDITOR)
        answer = client.get(_compare(third, first))
        changed = {change.label: (change.old, change.new) for change in answer.context["changes"]}
        assert changed["As it is stored: Beyond use after"] == ("24 hours", "8 hours")
        assert len(changed) == 2  # the storage, and nothing else
        page = _text(answer)
        assert "From version 1 to version 3" in page
        assert "Version 1 (Retired)" in page
        # The same two the other way round read the same: from the earlier to the later.
        assert client.get(_compare(first, third)).context["changes"] == answer.context["changes"]

    def test_without_another_it_is_compared_with_the_one_it_follows(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        first = approved_formulation(site)
        sign_in(site, Role.AUDITOR)
        assert "There is nothing before it" in _text(client.get(_compare(first)))
        second = next_version(first, warnings="Only intradermal")
        changes = client.get(_compare(second)).context["changes"]
        assert [(change.old, change.new) for change in changes] == [("Intradermal scalp only", "Only intradermal")]

    def test_only_versions_of_the_same_document_are_compared(
        self, client: Client, site: Site, other_site: Site, sign_in: Any
    ) -> None:
        first, another, foreign = (
            approved_formulation(site),
            draft_formulation(site, "B"),
            draft_formulation(other_site),
        )
        sign_in(site, Role.AUDITOR)
        for other in (another, foreign):
            assert client.get(_compare(first, other)).status_code == 404
        assert client.get(_compare(foreign)).status_code == 404
        for asked in ("x", "9" * 30, "²"):
            assert client.get(_compare(first), {"with": asked}).status_code == 404

    def test_lines_are_compared_by_their_ingredient(self, site: Site) -> None:
        by = make_author(site)
        kept, gone, new = (an_ingredient(site, name, by=by) for name in ("Kept", "Gone", "New"))
        first = draft_formulation(site, by=by, lines=[a_line(kept, 600), a_line(gone, 400, "diluent")])
        second = draft_formulation(site, "B", by=by, lines=[a_line(new, 300, "diluent"), a_line(kept, 700)])
        changes = difference(shown(first), shown(second))
        labels = {change.label.split(":")[0]: (change.old, change.new) for change in changes}
        assert labels["Kept"] == ("600", "700")
        assert labels["New"][0] == ""
        assert labels["Gone"][1] == ""

    def test_a_paragraph_put_in_the_middle_is_one_change(self, site: Site) -> None:
        seen = shown(draft_leaflet(site))
        assert seen.table is not None
        rows = list(seen.table.rows)
        rows.insert(2, Row("", "Paragraph 3", ("Do", "Something new")))
        changes = difference(seen, _with(seen, rows))
        assert [(change.old, change.new) for change in changes] == [("", "Do · Something new")]
        del rows[2], rows[5]
        gone = difference(seen, _with(seen, rows))
        assert len(gone) == 1
        assert gone[0].new == ""


def _with(seen: Shown, rows: list[Row]) -> Shown:
    assert seen.table is not None
    return Shown(seen.facts, seen.texts, Table(seen.table.heading, seen.table.columns, tuple(rows)))


def test_nothing_is_done_under_a_leaflet(client: Client, site: Site, sign_in: Any) -> None:
    version = approved(draft_leaflet(site))
    sign_in(site, Role.MANAGER)
    assert "Used by" not in _text(client.get(version.get_absolute_url()))
    assert client.get(reverse("version_uses", args=[version.kind, version.pk])).status_code == 404
