"""Pages that save themselves: no verdict older than the screen, a way back in, and nobody's answer overwritten."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.screening.models import PatientChecklist
from patients.screening.services import answer_item, sign_checklist
from protocols.checklists.models import Rule
from tests.factories import PASSWORD, confirmed, make_actor
from tests.journeys.conftest import SIZES, sign_in_by_cookie
from tests.patients.builders import answered_checklist, registered_patient, with_intake
from tests.protocols.builders import approved_everything, approved_formulation
from tests.sessions.builders import measured_preparation

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NOT_JUDGED = "Not judged yet: not saved."


@pytest.fixture
def operator(site: Site) -> Actor:
    """Who answers the checklist."""
    return make_actor(site, Role.OPERATOR, name="Clara Demo")


@pytest.fixture
def colleague(site: Site) -> Actor:
    """Who answers it too."""
    return make_actor(site, Role.OPERATOR, name="Paul Demo")


@pytest.fixture
def checklist(site: Site, operator: Actor) -> PatientChecklist:
    """A checklist with every question answered no."""
    protocols = approved_everything(site)
    patient = registered_patient(site, "Demo", "Bruno", sex="male")
    with_intake(patient, by=operator)
    return answered_checklist(patient, protocols.formulations[0], by=operator)


@pytest.fixture
def screen(page: Page, live_server: Any, checklist: PatientChecklist, operator: Actor) -> Page:
    """The checklist on the operator's tablet."""
    sign_in_by_cookie(page, live_server.url, operator.user)
    page.goto(live_server.url + reverse("checklist", args=[checklist.pk]))
    return page


def question(page: Page, checklist: PatientChecklist, rule: Rule) -> Locator:
    return page.locator(f"#div_q{checklist.version.items.get(rule=rule).pk}")


def answer(page: Page, checklist: PatientChecklist, rule: Rule, words: str) -> None:
    question(page, checklist, rule).locator(".answers").get_by_text(words, exact=True).click()


def status(page: Page) -> Locator:
    return page.locator(".action-bar [data-autosave-status]")


def answered_elsewhere(checklist: PatientChecklist, rule: Rule, said: str, *, by: Actor, **more: Any) -> None:
    item = checklist.version.items.get(rule=rule)
    answer_item(by=by, checklist=checklist, item=item, answer=said, at=clock.now(), **more)


def saved_answer(checklist: PatientChecklist, rule: Rule) -> str:
    return checklist.answers.get(item__rule=rule).answer


@pytest.mark.parametrize("size", SIZES)
def test_without_a_connection_no_verdict_older_than_the_screen_is_shown(
    screen: Page, checklist: PatientChecklist, size: str, accessible: Callable[[Page], None]
) -> None:
    screen.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    headline, bar = screen.locator("#checklist-headline"), screen.locator("#sign-bar")
    expect(headline.get_by_text("Nothing stands in the way.")).to_be_visible()
    screen.context.set_offline(True)
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(headline.get_by_text("Nothing stands in the way.")).to_be_hidden()
    expect(headline.get_by_text(NOT_JUDGED)).to_be_visible()
    expect(bar.get_by_text(NOT_JUDGED)).to_be_visible()
    expect(bar.get_by_text("Read it through, then sign.")).to_be_hidden()
    expect(status(screen)).to_contain_text("Not saved yet: no connection")
    expect(status(screen)).to_be_in_viewport()
    here = screen.url
    screen.get_by_role("link", name="Read and sign").click()
    expect(status(screen)).to_contain_text("This can't go on yet. Not saved yet: no connection")
    assert screen.url == here
    accessible(screen)
    screen.context.set_offline(False)
    expect(headline.locator(".banner-title", has_text="Do not treat")).to_be_visible()
    expect(headline.get_by_text(NOT_JUDGED)).to_be_hidden()
    assert saved_answer(checklist, Rule.MALIGNANCY) == "yes"


def test_the_button_of_an_open_checklist_leads_to_the_question_that_is_open(
    screen: Page, checklist: PatientChecklist
) -> None:
    answer(screen, checklist, Rule.ANTICOAGULANT, "Yes")
    screen.get_by_role("link", name="Go to question 3").click()
    expect(question(screen, checklist, Rule.ANTICOAGULANT)).to_be_in_viewport()
    question(screen, checklist, Rule.ANTICOAGULANT).get_by_label("Which medicine").fill("apixaban 5 mg")
    expect(screen.get_by_role("link", name="Read and sign")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("beginning", [True, False], ids=["with the headline in view", "further down"])
def test_what_somebody_points_at_stays_there_when_the_verdict_comes_in_above(
    screen: Page, checklist: PatientChecklist, size: str, beginning: bool
) -> None:
    screen.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    judged: list[Route] = []
    screen.route("**/state/", lambda route: judged.append(route))  # noqa: PLW0108 - the driver marks its handlers
    first = question(screen, checklist, Rule.SCALP_INFECTION if beginning else Rule.MALIGNANCY)
    if not beginning:
        first.evaluate("(one) => one.scrollIntoView({ block: 'start', behavior: 'instant' })")
    following = first.locator("xpath=following-sibling::fieldset[1]").locator(".answer").first
    with screen.expect_request("**/state/"):
        first.get_by_role("radio", name="Yes").evaluate("(one) => one.click()")
    following.hover()
    before = following.bounding_box()
    judged.pop().continue_()
    expect(first.locator(".verdict-line")).to_be_visible()
    expect(screen.locator("#checklist-headline").get_by_text(NOT_JUDGED)).to_be_hidden()
    screen.wait_for_timeout(300)
    after = following.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 1


@pytest.mark.parametrize("size", SIZES)
def test_after_signing_in_again_beside_the_page_everything_is_saved_without_typing_it_again(
    screen: Page, checklist: PatientChecklist, operator: Actor, size: str, accessible: Callable[[Page], None]
) -> None:
    screen.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    screen.context.clear_cookies()
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(status(screen)).to_contain_text("your sign-in has ended")
    answer(screen, checklist, Rule.ANTICOAGULANT, "Yes")
    accessible(screen)
    with screen.context.expect_page() as opened:
        screen.get_by_role("link", name="Sign in again").click()
    beside = opened.value
    beside.get_by_label("E-mail address").fill(operator.user.email)
    beside.get_by_label("Password").fill(PASSWORD)
    beside.get_by_role("button", name="Sign in").click()
    expect(beside.get_by_role("heading", name="You are signed in as Clara Demo")).to_be_visible()
    accessible(beside)
    beside.get_by_role("button", name="Close this window").click()
    screen.bring_to_front()
    save_now = screen.get_by_role("button", name="Save now")
    if save_now.is_visible():
        save_now.click()
    expect(status(screen)).to_contain_text("Saved")
    assert saved_answer(checklist, Rule.MALIGNANCY) == "yes"
    assert saved_answer(checklist, Rule.ANTICOAGULANT) == "yes"


def test_what_one_person_answered_is_not_saved_in_the_name_of_who_signed_in_since(
    screen: Page, checklist: PatientChecklist, colleague: Actor, live_server: Any
) -> None:
    screen.context.clear_cookies()
    beside = screen.context.new_page()
    sign_in_by_cookie(beside, live_server.url, colleague.user)
    screen.bring_to_front()
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(status(screen)).to_contain_text("Paul Demo is signed in now")
    expect(screen.get_by_role("link", name="Sign in again")).to_be_visible()
    assert saved_answer(checklist, Rule.MALIGNANCY) == "no"


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (
            {"status": 507, "json": {"failed": "The server's disk is full: call whoever looks after the server."}},
            "Not saved yet: The server's disk is full: call whoever looks after the server. It is tried again",
        ),
        ({"status": 502, "body": "<h1>Bad gateway</h1>"}, "Not saved yet: the server answered with an error (502)."),
    ],
)
def test_what_the_server_says_is_told_and_what_was_answered_is_saved_when_it_can_be(
    screen: Page, checklist: PatientChecklist, answered: dict[str, Any], told: str
) -> None:
    saving = f"**{reverse('checklist_save', args=[checklist.pk])}"
    screen.route(saving, lambda route: route.fulfill(**answered))
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(status(screen)).to_contain_text(told)
    expect(status(screen)).not_to_contain_text("no connection")
    expect(screen.locator("#checklist-headline").get_by_text(NOT_JUDGED)).to_be_visible()
    screen.unroute(saving)
    screen.get_by_role("button", name="Save now").click()
    expect(status(screen)).to_contain_text("Saved")
    assert saved_answer(checklist, Rule.MALIGNANCY) == "yes"


@pytest.mark.parametrize("size", SIZES)
def test_a_checklist_that_a_colleague_signed_leads_to_a_new_one(
    screen: Page, checklist: PatientChecklist, colleague: Actor, size: str, accessible: Callable[[Page], None]
) -> None:
    screen.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    proof = confirmed(colleague)
    sign_checklist(by=colleague, checklist=checklist, confirmed=proof, at=proof.at)
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(status(screen)).to_contain_text("Paul Demo signed this checklist")
    accessible(screen)
    screen.on("dialog", lambda dialog: dialog.accept())
    screen.get_by_role("link", name="Begin a new checklist").click()
    screen.wait_for_url(f"**{reverse('checklist_start', args=[checklist.patient_id])}")


def test_what_nobody_else_touched_is_saved_on_top_of_a_colleagues_answer(
    screen: Page, checklist: PatientChecklist, colleague: Actor
) -> None:
    answered_elsewhere(checklist, Rule.SCALP_INFECTION, "yes", by=colleague)
    answer(screen, checklist, Rule.MALIGNANCY, "Yes")
    expect(status(screen)).to_contain_text("Saved")
    note = question(screen, checklist, Rule.SCALP_INFECTION).get_by_text("Paul Demo changed this at")
    expect(note).to_be_visible()
    expect(question(screen, checklist, Rule.SCALP_INFECTION).get_by_label("Yes", exact=True)).to_be_checked()
    assert saved_answer(checklist, Rule.MALIGNANCY) == "yes"
    answer(screen, checklist, Rule.PREGNANCY, "Yes")
    expect(status(screen)).to_contain_text("Saved")
    assert saved_answer(checklist, Rule.PREGNANCY) == "yes"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("choice", "comes_to"), [("Keep mine", "unsure"), ("Take theirs", "yes")])
def test_where_two_answered_the_same_question_the_person_chooses(
    screen: Page, checklist: PatientChecklist, colleague: Actor, choice: str, comes_to: str, size: str,
    accessible: Callable[[Page], None],
) -> None:  # fmt: skip
    screen.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    answered_elsewhere(checklist, Rule.ANTICOAGULANT, "yes", by=colleague, extra={"drug": "apixaban 5 mg"})
    answer(screen, checklist, Rule.ANTICOAGULANT, "Not sure")
    box = question(screen, checklist, Rule.ANTICOAGULANT).get_by_role("alert")
    expect(box).to_contain_text("Paul Demo changed this at")
    expect(box).to_contain_text("Yes · apixaban 5 mg")
    expect(box).to_contain_text("Not sure")
    expect(status(screen)).to_contain_text("two answers differ")
    expect(screen.locator("#checklist-headline").get_by_text(NOT_JUDGED)).to_be_visible()
    accessible(screen)
    assert saved_answer(checklist, Rule.ANTICOAGULANT) == "yes"
    box.get_by_role("button", name=choice).click()
    expect(box).to_have_count(0)
    expect(status(screen)).to_contain_text("aved")
    expect(screen.locator("#checklist-headline").get_by_text(NOT_JUDGED)).to_be_hidden()
    assert saved_answer(checklist, Rule.ANTICOAGULANT) == comes_to


def test_the_same_person_in_another_window_is_told_that_it_was_them(
    screen: Page, checklist: PatientChecklist, operator: Actor
) -> None:
    answered_elsewhere(checklist, Rule.MALIGNANCY, "yes", by=operator)
    answer(screen, checklist, Rule.MALIGNANCY, "Not sure")
    box = question(screen, checklist, Rule.MALIGNANCY).get_by_role("alert")
    expect(box).to_contain_text("You changed this in another window.")


@pytest.mark.parametrize("size", SIZES)
def test_a_volume_that_cannot_be_saved_leaves_no_verdict_and_nothing_complete(
    page: Page, live_server: Any, site: Site, size: str, accessible: Callable[[Page], None]
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    preparer = make_actor(site, Role.PREPARER)
    version = approved_formulation(site)
    preparation = measured_preparation(site, version, preparer=preparer)
    sign_in_by_cookie(page, live_server.url, preparer.user)
    page.goto(live_server.url + reverse("preparation", args=[preparation.pk]))
    line, bar = page.locator("#line-1"), page.locator("#bench-bar")
    expect(bar.get_by_text("Complete")).to_be_visible()
    for typed, told in (("2,55", "type 2.55"), ("999", "must be from"), ("abc", "Leave out the unit")):
        line.get_by_label("Measured volume").fill(typed)
        expect(line.get_by_text(told)).to_have_count(1)
        fields = line.locator("select, .bench-volume input")
        tops = [fields.nth(each).bounding_box()["y"] for each in (0, 1)]  # type: ignore[index]
        assert abs(tops[0] - tops[1]) < 2, "what is said doesn't push the field out of line"
        expect(line.locator(".judged-not")).to_be_visible()
        expect(line.get_by_text("On target")).to_be_hidden()
        expect(bar.get_by_text("Complete")).to_be_hidden()
        expect(bar.get_by_text("Not judged yet: not saved.")).to_be_visible()
    expect(status(page)).to_contain_text("Not all saved: see the marked field.")
    accessible(page)
    here = page.url
    page.get_by_role("link", name="Check and sign").click()
    expect(status(page)).to_contain_text("This can't go on yet.")
    assert page.url == here
    line.get_by_label("Measured volume").fill("6.2")
    expect(line.get_by_text("Deviation")).to_be_visible()
    expect(bar.get_by_text("That is another mixture")).to_be_visible()


def test_another_formulation_is_chosen_straight_after_typing_and_what_was_typed_is_saved(
    screen: Page, checklist: PatientChecklist
) -> None:
    answer(screen, checklist, Rule.ANTICOAGULANT, "Yes")
    typed = question(screen, checklist, Rule.ANTICOAGULANT).locator("input[type=text], textarea").first
    typed.fill("Aspirin 100 mg")
    expect(status(screen)).to_contain_text("Saved")
    typed.press_sequentially(" daily")
    chosen = screen.locator("#checklist-formulations li").filter(has_text="Intended today")
    before = chosen.locator(".row-title").inner_text()
    screen.get_by_role("button", name="Choose instead").click()
    expect(chosen.locator(".row-title")).not_to_have_text(before)
    given = checklist.answers.get(item__rule=Rule.ANTICOAGULANT)
    assert "Aspirin 100 mg daily" in (given.detail, *given.extra.values())
    # With nothing to save, the first press does it too.
    now = chosen.locator(".row-title").inner_text()
    screen.get_by_role("button", name="Choose instead").click()
    expect(chosen.locator(".row-title")).not_to_have_text(now)
