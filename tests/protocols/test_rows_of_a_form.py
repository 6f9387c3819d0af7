"""Rows of the form of a formulation, added, moved and taken out before it is saved."""

import re
from typing import Any

import pytest
from django.test import Client

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.models import (
    FormulationVersion,
)
from tests.protocols.sent import NEW, sent_formulation, sent_line, text_of

pytestmark = pytest.mark.django_db


class TestRows:
    """Rows are added, moved and taken out without saving, with a script and without."""

    def _asked(self, client: Client, two: Any, action: str, **headers: str) -> Any:
        data = sent_formulation(sent_line(two[0], 600), sent_line(two[1], 300, "diluent"), code="KEEP", rows=action)
        return client.post(NEW, data, headers=headers)

    @pytest.mark.parametrize(
        ("action", "volumes"),
        [
            ("add", ["600", "300", None]),
            ("remove-0", ["300"]),
            ("remove-1", ["600"]),
            ("up-1", ["300", "600"]),
            ("down-0", ["300", "600"]),
            ("up-0", ["600", "300"]),
            ("down-1", ["600", "300"]),
            ("remove-9", ["600", "300"]),
        ],
    )
    def test_the_page_comes_back_with_the_rows_changed_and_nothing_saved(
        self, client: Client, site: Site, sign_in: Any, two: Any, action: str, volumes: list[str | None]
    ) -> None:
        sign_in(site, Role.PREPARER)
        answer = self._asked(client, two, action)
        assert answer.status_code == 200
        assert [row["volume_ul_per_ml"].value() for row in answer.context["form"].rows] == volumes
        assert 'value="KEEP"' in text_of(answer)
        assert "<html" in text_of(answer)
        assert not FormulationVersion.objects.exists()

    @pytest.mark.parametrize(("action", "button"), [("down-0", "rows-down-1"), ("up-3", "rows-up-2")])
    def test_the_focus_goes_with_the_row_that_was_moved(
        self, client: Client, site: Site, sign_in: Any, two: Any, action: str, button: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        lines = [sent_line(two[0], 600), sent_line(two[1], 300), sent_line(two[0], 50), sent_line(two[1], 50)]
        page = text_of(client.post(NEW, sent_formulation(*lines, rows=action), headers={"HX-Request": "true"}))
        assert re.findall(r'<button[^>]*id="([^"]*)"[^>]* autofocus', page) == [button]

    def test_at_the_end_the_focus_goes_into_the_row_whose_button_is_off(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        sign_in(site, Role.PREPARER)
        page = text_of(self._asked(client, two, "down-0", **{"HX-Request": "true"}))
        assert not re.search(r"<button[^>]* autofocus", page)
        assert re.search(r'name="rows-1-ingredient"[^>]* autofocus', page)

    def test_with_a_script_only_the_rows_come_back(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        page = text_of(self._asked(client, two, "add", **{"HX-Request": "true"}))
        assert "<html" not in page
        assert page.count("<fieldset") == 3
        assert "The lines make 900 µL of 1000 µL per mL: 100 µL are missing." in page

    def test_with_a_script_the_sum_alone_comes_back(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        page = text_of(self._asked(client, two, "note", **{"HX-Request": "true"}))
        assert "fieldset" not in page
        assert "100 µL are missing" in page

    @pytest.mark.parametrize("action", ["explode", "remove-x", "add-1"])
    def test_an_unknown_action_is_an_ordinary_save(
        self, client: Client, site: Site, sign_in: Any, two: Any, action: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        assert self._asked(client, two, action).status_code == 302
