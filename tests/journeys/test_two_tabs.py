"""The site is changed in one tab while another has a form open: nothing lands at the wrong site, nothing is lost."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clinic import clock
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from tests.factories import make_site, make_user
from tests.journeys.conftest import sign_in_by_cookie

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

TOLD = "you now work at Site South"


@pytest.fixture
def north(site: Site) -> Site:
    return site


@pytest.fixture
def user(north: Site) -> User:
    """A preparer of both sites."""
    south = make_site(name="Site South")
    user = make_user("Paul Demo", site=north, roles=[Role.PREPARER])
    Membership.objects.create(user=user, site=south, role=Role.PREPARER, granted_at=clock.now(), granted_by=user)
    return user


def work_at(tab: Page, site: str) -> None:
    tab.locator(".account-button").click()
    tab.get_by_role("button", name=site).last.click()
    expect(tab.locator(".account-site")).to_have_text(site)


@pytest.fixture
def tabs(page: Page, live_server: Any, user: User) -> tuple[Page, Page]:
    """Two tabs of one browser, signed in at Site North."""
    sign_in_by_cookie(page, live_server.url, user)
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(live_server.url + reverse("today"))
    return page, second


def test_a_part_of_a_page_says_so_in_sight_and_leaves_what_was_typed(tabs: tuple[Page, Page], live_server: Any) -> None:
    page, second = tabs
    page.goto(live_server.url + reverse("formulation_new"))
    number = page.get_by_label("µL per mL").first
    number.press_sequentially("40,5")
    expect(number).to_have_value("40,5")
    work_at(second, "Site South")
    page.get_by_role("button", name="Add a line").click()
    expect(page.get_by_text(TOLD)).to_be_in_viewport()
    expect(number).to_have_value("40,5")
    work_at(second, "Site North")
    page.get_by_role("button", name="Add a line").click()
    expect(page.get_by_label("µL per mL")).not_to_have_count(1)
    expect(number).to_have_value("40,5")


def test_a_page_that_saves_itself_waits_until_the_site_is_changed_back(
    tabs: tuple[Page, Page], live_server: Any
) -> None:
    page, second = tabs
    page.goto(live_server.url + reverse("gallery"))
    work_at(second, "Site South")
    page.get_by_label("Remark").fill("kept")
    status = page.locator("[data-autosave-status]")
    expect(status).to_contain_text(TOLD)
    work_at(second, "Site North")
    page.get_by_role("button", name="Save now").click()
    expect(status).to_contain_text("Saved")
    expect(page.get_by_label("Remark")).to_have_value("kept")
