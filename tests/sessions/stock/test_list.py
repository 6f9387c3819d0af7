"""The list of lots, as its address asks for it."""

from typing import Any

import pytest
from django.test import Client

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role


@pytest.mark.parametrize("asked", ["ingredient=abc", "ingredient=0", "show=everything"])
def test_an_old_address_is_told_what_to_choose_and_shows_the_list(
    sign_in: Any, client: Client, site: Site, asked: str
) -> None:
    sign_in(site, Role.PREPARER)
    page = client.get(f"/preparation/stock/?{asked}")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Choose one of the answers offered." in text
    assert "Select a valid choice" not in text
    assert "Nothing in stock" in text
