"""The component set in a real browser: usable by anybody, at both widths, with and without a mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SIZES

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]


@pytest.fixture
def gallery(clinic_page: Page, live_server: Any) -> Page:
    """The gallery, opened."""
    clinic_page.goto(live_server.url + reverse("gallery"))
    return clinic_page


@pytest.mark.parametrize("width", SIZES)
def test_every_component_is_accessible(
    gallery: Page, live_server: Any, accessible: Check, complaints: list[str], width: str
) -> None:
    gallery.set_viewport_size(SIZES[width])
    for name in ("gallery", "gallery_form", "account_change_password", "today"):
        gallery.goto(live_server.url + reverse(name))
        accessible(gallery)
    gallery.goto(live_server.url + reverse("gallery"))
    gallery.get_by_role("button", name="Open a dialog").click()
    expect(gallery.get_by_role("dialog")).to_be_visible()
    accessible(gallery)
    gallery.keyboard.press("Escape")
    gallery.get_by_role("button", name="Clara Demo").click()
    accessible(gallery)


@pytest.mark.parametrize("width", SIZES)
def test_pages_without_a_sign_in_are_accessible(page: Page, live_server: Any, accessible: Check, width: str) -> None:
    page.set_viewport_size(SIZES[width])
    for path in (reverse("account_login"), "/no/such/page/"):
        page.goto(live_server.url + path)
        accessible(page)


def test_the_first_stop_of_the_keyboard_skips_to_the_content(gallery: Page) -> None:
    gallery.keyboard.press("Tab")
    skip = gallery.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    gallery.keyboard.press("Enter")
    expect(gallery.locator("main")).to_be_focused()


def test_a_dialog_opens_by_keyboard_keeps_the_focus_and_gives_it_back(gallery: Page) -> None:
    button = gallery.get_by_role("button", name="Open a dialog")
    button.focus()
    gallery.keyboard.press("Enter")
    dialog = gallery.get_by_role("dialog", name="Sign the checklist")
    expect(dialog).to_be_visible()
    for _ in range(6):
        gallery.keyboard.press("Tab")
        assert gallery.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    gallery.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_the_account_menu_opens_by_keyboard_and_closes_by_escape(gallery: Page) -> None:
    button = gallery.get_by_role("button", name="Clara Demo")
    button.focus()
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("link", name="Change password")).to_be_visible()
    gallery.keyboard.press("Escape")
    expect(gallery.get_by_role("link", name="Change password")).to_be_hidden()


def test_an_answer_is_given_by_arrow_keys(gallery: Page) -> None:
    question = gallery.get_by_role("group", name="Does the patient take a medicine that thins the blood?")
    assert question.locator("input:checked").count() == 0
    question.get_by_label("Yes").focus()
    gallery.keyboard.press("Space")
    gallery.keyboard.press("ArrowRight")
    expect(question.get_by_label("No", exact=True)).to_be_checked()


def test_targets_are_large_enough_for_a_gloved_finger(gallery: Page) -> None:
    heights = gallery.locator(".answer").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert min(heights) >= 48
    heights = gallery.locator("main .btn:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44


def test_after_a_refusal_the_summary_has_the_focus_and_leads_to_the_field(gallery: Page, live_server: Any) -> None:
    gallery.goto(live_server.url + reverse("gallery_form"))
    expect(gallery.locator("[data-error-summary]")).to_be_focused()
    gallery.get_by_role("link", name="Volume: Write the volume with a point").click()
    expect(gallery.get_by_label("Volume")).to_be_focused()
    assert gallery.get_by_label("Volume").input_value() == "1,25"
    described_by = (gallery.get_by_label("Volume").get_attribute("aria-describedby") or "").split()
    told = [gallery.locator(f"#{id_}").inner_text() for id_ in described_by]
    assert any("Write the volume with a point" in text for text in told)


def test_searching_as_one_types_replaces_the_rows(gallery: Page, complaints: list[str]) -> None:
    gallery.get_by_label("Find a preparer").press_sequentially("d. d", delay=20)
    found = gallery.locator("#found")
    expect(found.get_by_role("link", name="D. Demo")).to_be_visible()
    expect(found.get_by_role("link", name="C. Demo")).to_have_count(0)
    gallery.get_by_label("Find a preparer").fill("nobody")
    expect(found.get_by_text("Nobody by that name")).to_be_visible()


def test_a_search_without_a_connection_leaves_the_rows_and_says_so(gallery: Page) -> None:
    gallery.context.set_offline(True)
    gallery.get_by_label("Find a preparer").fill("d")
    expect(gallery.get_by_role("status").filter(has_text="No connection. What you see may be old")).to_be_visible()
    expect(gallery.locator("#found").get_by_role("link", name="C. Demo")).to_be_visible()
    gallery.context.set_offline(False)
    gallery.get_by_label("Find a preparer").fill("d. d")
    expect(gallery.locator("#found").get_by_role("link", name="C. Demo")).to_have_count(0)
    expect(gallery.get_by_text("No connection. What you see may be old")).to_have_count(0)


def test_a_search_after_the_sign_in_has_ended_leads_to_the_sign_in(gallery: Page) -> None:
    gallery.context.clear_cookies()
    gallery.get_by_label("Find a preparer").fill("d")
    gallery.wait_for_url("**/sign-in/?next=**")


def test_on_paper_there_are_no_controls(gallery: Page) -> None:
    gallery.emulate_media(media="print")
    for selector in (".side", ".action-bar", ".page-actions", ".search", ".pager"):
        assert gallery.locator(selector).first.is_hidden(), selector
    assert gallery.locator(".patient").is_visible()
