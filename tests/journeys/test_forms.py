"""Forms lose nothing: sent once, not into the void, saved as they are filled in, kept over a lost sign-in."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Dialog, Locator, Page, Request, Route, expect

from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from tests.factories import PASSWORD, make_user
from tests.journeys.conftest import sign_in_by_form

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gallery(clinic_page: Page, live_server: Any) -> Page:
    """The gallery, opened."""
    clinic_page.goto(live_server.url + reverse("gallery"))
    return clinic_page


def posts_to(page: Page, path: str) -> list[Request]:
    """Return the list that gathers every POST to `path` from now on."""
    found: list[Request] = []
    page.on(
        "request", lambda request: found.append(request) if request.method == "POST" and path in request.url else None
    )
    return found


def test_an_impatient_double_click_sends_once(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_form"))
    gallery.get_by_label("Full name").fill("Alma Demo")
    gallery.locator("#sample-form").get_by_role("button", name="Save").dblclick()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    expect(gallery.get_by_label("Full name")).to_have_value("Alma Demo")
    assert len(sent) == 1


def test_without_a_connection_nothing_is_sent_and_everything_typed_stays(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_form"))
    gallery.get_by_label("Full name").fill("Alma Demo")
    save = gallery.locator("#sample-form").get_by_role("button", name="Save")
    gallery.context.set_offline(True)
    save.click()
    note = gallery.get_by_role("alert").filter(has_text="No connection. Nothing was sent.")
    expect(note).to_be_focused()
    expect(gallery.get_by_label("Full name")).to_have_value("Alma Demo")
    assert sent == []
    gallery.context.set_offline(False)
    save.click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert len(sent) == 1


def test_two_half_filled_forms_are_reminded_of_each_other_once(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_form"))
    chosen: Any = {"name": "vertex.png", "mimeType": "image/png", "buffer": b"x" * 100}
    gallery.locator("#capture-form input[type=file]").first.set_input_files(chosen)
    gallery.get_by_label("Full name").fill("Alma Demo")
    save = gallery.locator("#sample-form").get_by_role("button", name="Save")
    save.click()
    expect(gallery.get_by_role("alert").filter(has_text="Something else on this page isn't saved yet.")).to_be_focused()
    assert sent == []
    save.click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    expect(gallery.get_by_label("Full name")).to_have_value("Alma Demo")
    assert len(sent) == 1


def test_leaving_with_something_typed_asks_first(gallery: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    gallery.on("dialog", stay)
    gallery.get_by_label("Full name").press_sequentially("Alma")
    gallery.get_by_role("link", name="The same, sent back with errors").click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert asked == ["beforeunload"]


def test_leaving_a_form_that_nobody_touched_asks_nothing(gallery: Page) -> None:
    asked: list[str] = []
    gallery.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    gallery.get_by_role("link", name="The same, sent back with errors").click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert asked == []


def test_an_answer_is_saved_by_itself_and_the_page_says_when(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_autosave"))
    question = gallery.get_by_role("group", name="Does the patient take a medicine that thins the blood?")
    question.get_by_text("Yes", exact=True).click()
    status = gallery.locator("[data-autosave-status]")
    expect(status).to_have_text(re.compile(r"^\s*Saved \d\d:\d\d:\d\d\s*$"))
    body = sent[0].post_data or ""
    assert body.count("changed=") == 1
    assert "blood_thinner=yes" in body


def test_typing_is_saved_after_a_pause_and_not_letter_by_letter(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_autosave"))
    gallery.get_by_label("Remark").press_sequentially("no allergies known", delay=15)
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("Saved")
    assert len(sent) == 1


def test_answers_given_faster_than_they_are_saved_each_bear_the_newest_version(gallery: Page) -> None:
    """Read slowly, an answer must not be overtaken by what is sent next with the version of before."""
    versions: list[str] = []

    def save(route: Route) -> None:
        versions.append(parse_qs(route.request.post_data or "")["row_version"][0])
        body = {"saved_at": "09:41:07", "row_version": len(versions) + 1}
        route.fulfill(status=200, body=json.dumps(body), content_type="application/json")

    gallery.route(f"**{reverse('gallery_autosave')}", save)
    gallery.evaluate("""() => {
      const read = Response.prototype.json;
      Response.prototype.json = async function () {
        await new Promise((done) => setTimeout(done, 300));
        return read.call(this);
      };
      const form = document.querySelector("form[data-autosave-url]");
      const version = Object.assign(document.createElement("input"), {type: "hidden", name: "row_version", value: "1"});
      form.append(version);
    }""")
    answers = gallery.locator("form[data-autosave-url]").get_by_role("radio")
    for number in (0, 1, 0, 1):
        answers.nth(number).check()
        gallery.wait_for_timeout(100)
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("Saved 09:41:07")
    assert len(versions) > 1
    assert versions == [str(number + 1) for number in range(len(versions))]


def test_a_lost_connection_is_told_honestly_and_made_good_later(gallery: Page) -> None:
    status = gallery.locator("[data-autosave-status]")
    gallery.context.set_offline(True)
    gallery.get_by_label("Remark").fill("kept")
    expect(status).to_contain_text("Not saved yet: no connection")
    sent = posts_to(gallery, reverse("gallery_autosave"))
    gallery.context.set_offline(False)
    expect(status).to_contain_text("Saved")
    assert "remark=kept" in (sent[-1].post_data or "")


def test_a_field_that_could_not_be_saved_says_so_at_the_field(gallery: Page) -> None:
    gallery.get_by_label("Remark").fill("x" * 201)
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("Not all saved")
    expect(gallery.get_by_role("alert").filter(has_text="Shorten this to 200 characters; it has 201.")).to_be_visible()
    gallery.get_by_label("Remark").fill("short")
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("Saved")
    expect(gallery.locator("[data-autosave-error]")).to_have_count(0)


def answer_with(status: int) -> Any:
    """Return a handler that answers every request with `status`."""

    def handle(route: Route) -> None:
        route.fulfill(status=status, body="{}", content_type="application/json")

    return handle


@pytest.mark.parametrize(
    ("status", "told"),
    [(409, "somebody else changed this meanwhile"), (401, "your sign-in has ended"), (503, "Not saved yet")],
)
def test_a_draft_that_was_not_saved_never_looks_saved(gallery: Page, status: int, told: str) -> None:
    gallery.route(f"**{reverse('gallery_autosave')}", answer_with(status))
    gallery.get_by_label("Remark").fill("kept")
    expect(gallery.locator("[data-autosave-status]")).to_contain_text(told)
    expect(gallery.get_by_label("Remark")).to_have_value("kept")


def after_autosave(page: Page) -> Locator:
    """Return the link that waits for the checklist."""
    return page.get_by_role("link", name="Read and sign")


def test_a_link_ahead_of_the_saving_waits_for_what_was_just_typed(gallery: Page) -> None:
    """Neither a question whether to leave, nor a page that shows the old answer: also not while one is in flight."""
    asked: list[str] = []
    gallery.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    done: list[str] = []

    def slowly(route: Route) -> None:
        gallery.wait_for_timeout(400)
        done.append(route.request.post_data or "")
        route.fulfill(status=200, body=json.dumps({"saved_at": "09:41:07"}), content_type="application/json")

    gallery.route(f"**{reverse('gallery_autosave')}", slowly)
    opened: list[int] = []
    gallery.on(
        "request",
        lambda request: opened.append(len(done)) if request.url.endswith(reverse("gallery_form")) else None,
    )
    question = gallery.get_by_role("group", name="Does the patient take a medicine that thins the blood?")
    question.get_by_text("Yes", exact=True).click()
    gallery.get_by_label("Remark").press_sequentially("kept")
    after_autosave(gallery).click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert asked == []
    assert "blood_thinner=yes" in done[0]
    assert "remark=kept" in done[-1]
    assert opened == [len(done)]


def test_a_link_that_waits_leads_on_at_once_when_nothing_changed(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_autosave"))
    after_autosave(gallery).click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert sent == []


@pytest.mark.parametrize(
    ("status", "told"),
    [(409, "somebody else changed this meanwhile"), (401, "your sign-in has ended"), (503, "Not saved yet")],
)
def test_a_link_does_not_lead_away_from_what_could_not_be_saved(gallery: Page, status: int, told: str) -> None:
    gallery.route(f"**{reverse('gallery_autosave')}", answer_with(status))
    here = gallery.url
    gallery.get_by_label("Remark").press_sequentially("kept")
    after_autosave(gallery).click()
    line = gallery.locator("[data-autosave-status]")
    expect(line).to_contain_text(told)
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    assert gallery.url == here
    expect(gallery.get_by_label("Remark")).to_have_value("kept")


def test_a_sign_in_that_ended_offers_a_sign_in_beside_the_page(gallery: Page) -> None:
    gallery.route(f"**{reverse('gallery_autosave')}", answer_with(401))
    gallery.get_by_label("Remark").press_sequentially("kept")
    after_autosave(gallery).click()
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("This can't go on yet.")
    with gallery.context.expect_page() as opened:
        gallery.get_by_role("link", name="Sign in again").click()
    opened.value.wait_for_url(f"**{reverse('beside')}")
    opened.value.get_by_role("button", name="Close this window").click()
    gallery.unroute(f"**{reverse('gallery_autosave')}")
    gallery.get_by_role("button", name="Save now").click()
    expect(gallery.locator("[data-autosave-status]")).to_contain_text("Saved")


def test_a_blank_or_dotted_signature_is_not_sent_and_a_drawn_one_is(gallery: Page) -> None:
    sent = posts_to(gallery, reverse("gallery_form"))
    form = gallery.locator("#capture-form")
    send = form.get_by_role("button", name="Send")
    send.click()
    expect(form.get_by_text("The signature is missing.")).to_be_visible()
    canvas = form.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    gallery.mouse.click(box["x"] + 50, box["y"] + 80)
    send.click()
    expect(form.get_by_text("This is too short to be a signature.")).to_be_visible()
    form.get_by_role("button", name="Clear").click()
    expect(form.get_by_text("Empty")).to_be_visible()
    send.click()
    expect(form.get_by_text("The signature is missing.")).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    gallery.mouse.move(box["x"] + 40, box["y"] + 100)
    gallery.mouse.down()
    for step in range(1, 20):
        gallery.mouse.move(box["x"] + 40 + step * 10, box["y"] + 100 - (step % 4) * 15)
    gallery.mouse.up()
    expect(form.get_by_text("Signed by hand")).to_be_visible()
    assert sent == []
    send.click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    assert len(sent) == 1
    body = sent[0].post_data or ""
    assert "data:image/png;base64," in body
    assert '"x":' in body


def test_a_file_is_shown_before_it_is_sent_and_one_too_large_is_refused(gallery: Page) -> None:
    png = gallery.evaluate(
        "() => { const c = document.createElement('canvas'); c.width = c.height = 64;"
        " c.getContext('2d').fillRect(0, 0, 64, 64); return c.toDataURL('image/png').split(',')[1]; }"
    )
    picture = {"name": "vertex.png", "mimeType": "image/png", "buffer": base64.b64decode(png)}
    first = gallery.locator("[id^=div_id_][id$=_vertex]")
    first.locator("input[type=file]").set_input_files(picture)
    expect(first.locator("img")).to_be_visible()
    expect(first.get_by_text("vertex.png")).to_be_visible()
    first.get_by_role("button", name="Take another").click()
    expect(first.locator("img")).to_have_count(0)
    second = gallery.locator("[id^=div_id_][id$=_front]")
    second.locator("input[type=file]").set_input_files({**picture, "buffer": b"x" * 2000})
    expect(second.get_by_role("alert")).to_have_text("This file is larger than 1 kB. Choose a smaller one.")
    assert second.locator("input[type=file]").input_value() == ""


def test_a_sign_in_that_ends_while_typing_loses_nothing(gallery: Page, live_server: Any) -> None:
    gallery.get_by_label("Full name").fill("Zoë Demo")
    gallery.get_by_label("Note").fill("first line\nsecond line")
    gallery.get_by_label("Vertex", exact=True).check()
    cookies = [cookie for cookie in gallery.context.cookies() if cookie["name"] != "sessionid"]
    gallery.context.clear_cookies()
    gallery.context.add_cookies(cookies)  # type: ignore[arg-type]
    gallery.locator("#sample-form").get_by_role("button", name="Save").click()
    expect(gallery.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
    gallery.get_by_label("E-mail address").fill(User.objects.get(full_name="Clara Demo").email)
    gallery.get_by_label("Password").fill(PASSWORD)
    gallery.get_by_role("button", name="Sign in and continue").click()
    expect(gallery.get_by_role("heading", name="Welcome back")).to_be_visible()
    gallery.get_by_role("button", name="Continue and save").click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    expect(gallery.get_by_label("Full name")).to_have_value("Zoë Demo")
    expect(gallery.get_by_label("Note")).to_have_value("first line\nsecond line")
    expect(gallery.get_by_label("Vertex", exact=True)).to_be_checked()


def test_a_page_that_was_open_before_signing_in_again_elsewhere_can_still_be_sent(
    gallery: Page, live_server: Any
) -> None:
    gallery.get_by_label("Full name").fill("Zoë Demo")
    other = gallery.context.new_page()
    other.goto(live_server.url + reverse("gallery"))
    other.get_by_role("button", name="Clara Demo").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in/**")
    other.get_by_label("E-mail address").fill(User.objects.get(full_name="Clara Demo").email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/today/")
    gallery.locator("#sample-form").get_by_role("button", name="Save").click()
    gallery.wait_for_url(f"**{reverse('gallery_form')}")
    expect(gallery.get_by_label("Full name")).to_have_value("Zoë Demo")


def test_an_error_page_leads_back_to_the_page_before(gallery: Page, live_server: Any) -> None:
    gallery.goto(live_server.url + "/no/such/page/")
    gallery.get_by_role("button", name="One page back").click()
    gallery.wait_for_url(f"**{reverse('gallery')}")


def test_without_scripts_one_signs_in_and_sends_a_form_all_the_same(
    browser: Browser, live_server: Any, site: Site
) -> None:
    user = make_user("Elsa Demo", site=site, roles=[Role.OPERATOR])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_by_form(page, live_server.url, user.email)
    page.goto(live_server.url + reverse("gallery"))
    page.get_by_label("Full name").fill("Alma Demo")
    page.locator("#sample-form").get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{reverse('gallery_form')}")
    expect(page.get_by_label("Full name")).to_have_value("Alma Demo")
    expect(page.get_by_role("link", name="Volume: Fill this in.")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Open a dialog").click()
    expect(page.get_by_role("dialog", name="Sign the checklist")).to_be_visible()
    context.close()
