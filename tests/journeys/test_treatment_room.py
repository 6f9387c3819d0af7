"""The treatment room, the plan and the audits in a real browser: usable by anybody, at both widths, on every step."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from audit.month6.models import PhotoAudit
from audit.month6.services import open_due_audits
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.consents.services import withdraw_consent
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from tests.factories import PASSWORD, make_actor
from tests.journeys.conftest import SIZES, sign_in_by_cookie
from tests.patients.builders import cleared, registered_patient, signed_checklist
from tests.sessions.rooms import ready_room

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", SIZES)
def test_from_the_vial_to_the_signature(
    page: Page, live_server: Any, site: Site, size: str, accessible: Callable[[Page], None], complaints: list[str]
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    room = ready_room(site)
    vial, row = room.vial(), room.begin()
    sign_in_by_cookie(page, live_server.url, room.operator.user)
    page.goto(live_server.url + reverse("treatment_session", args=[row.pk]))
    accessible(page)
    page.get_by_label("Code on the vial's label").fill(vial.shown_code)
    page.get_by_role("button", name="Use this vial").click()
    page.get_by_label("Zone", exact=True).select_option("vertex")
    page.get_by_label("Points").fill("20")
    page.get_by_label("Volume per site").fill("0.06")
    accessible(page)
    page.get_by_role("button", name="Add the zone").click()
    page.get_by_label("Wasted").fill("0.1")
    page.get_by_label("Left in the vial").fill("1.2")
    page.get_by_role("button", name="Save amounts").click()
    page.get_by_role("button", name="The patient was briefed").click()
    page.get_by_label("Your password").fill(PASSWORD)
    accessible(page)
    page.get_by_role("button", name="Sign the session").click()
    page.get_by_text("Signed", exact=True).first.wait_for()
    accessible(page)
    page.goto(live_server.url + reverse("plan", args=[room.plan.pk]))
    page.get_by_text("Move Loading 2").click()
    accessible(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_clearance_withdrawn_meanwhile(
    page: Page, live_server: Any, site: Site, size: str, accessible: Callable[[Page], None]
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    physician = make_actor(site, Role.PHYSICIAN, name="Dr Petra Demo")
    room = ready_room(site, checklist=False)
    clearance = cleared(room.patient, by=physician)
    answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban", "cleared": f"{clearance.pk}:yes"})}
    signed_checklist(room.patient, room.approved.formulations[0], by=room.operator, answers=answers)
    row = room.injected()
    withdraw_clearance(by=physician, clearance=clearance, reason="INR not known", at=clock.now())
    sign_in_by_cookie(page, live_server.url, room.operator.user)
    page.goto(live_server.url + reverse("treatment_session", args=[row.pk]))
    expect(page.get_by_role("region", name="Stop: no further injection")).to_contain_text("by Dr Petra Demo")
    accessible(page)
    page.goto(live_server.url + reverse("patient", args=[room.patient.pk]))
    expect(page.get_by_text("Its clearance ended")).to_be_visible()
    accessible(page)


def test_an_open_page_hears_of_a_stop_and_keeps_what_is_being_typed(
    page: Page, live_server: Any, site: Site, accessible: Callable[[Page], None]
) -> None:
    room = ready_room(site)
    row = room.injected()
    sign_in_by_cookie(page, live_server.url, room.operator.user)
    page.goto(live_server.url + reverse("treatment_session", args=[row.pk]))
    expect(page.get_by_text("Nothing stops this session")).to_be_visible()
    page.get_by_label("Points").fill("5")
    withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="It hurts", at=clock.now())
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    # It asks every half minute, and when somebody looks at it again.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("region", name="Stop: no further injection")).to_contain_text("Inject nothing more")
    expect(page.get_by_label("Points")).to_have_value("5")
    # Wherever the page is scrolled to.
    expect(page.get_by_role("status").get_by_text("Stop: no further injection")).to_be_in_viewport()
    accessible(page)
    page.get_by_role("status").get_by_role("button", name="Close").click()
    # Once the sign-in has ended nothing is taken away either.
    page.context.clear_cookies()
    with page.expect_response("**/gate/**") as answered:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert answered.value.status == 401
    expect(page.get_by_text("You are signed out, so this page hears of no stop")).to_be_in_viewport()
    expect(page.get_by_label("Points")).to_have_value("5")


def test_a_vials_page_stops_once_its_time_has_passed_while_it_is_open(
    page: Page, live_server: Any, site: Site, settings: Any, tmp_path: Path
) -> None:
    room = ready_room(site)
    settings.CLOCK_FILE = tmp_path / "clock"
    sign_in_by_cookie(page, live_server.url, room.operator.user)
    page.clock.install()
    page.goto(live_server.url + reverse("vial", args=[room.vial().code]))
    expect(page.get_by_text("In date")).to_be_visible()
    later = 25 * 60 * 60
    settings.CLOCK_FILE.write_text(str(later), encoding="ascii")
    page.clock.fast_forward(later * 1000)
    expect(page.get_by_text("Beyond use: do not use")).to_be_visible()
    expect(page.get_by_text("In date")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_points_that_a_stop_kept_out_are_entered_with_their_time(
    page: Page, live_server: Any, site: Site, size: str, accessible: Callable[[Page], None]
) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    begun = clock.now() - timedelta(minutes=30)
    with clock.moved_to(begun):
        room = ready_room(site)
        row = room.injected()
    sign_in_by_cookie(page, live_server.url, room.operator.user)
    page.goto(live_server.url + reverse("treatment_session", args=[row.pk]))
    page.get_by_label("Zone", exact=True).select_option("temporal_left")
    page.get_by_label("Points").fill("5")
    page.get_by_label("Volume per site").fill("0.06")
    withdraw_consent(
        by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind",
        at=clock.now() - timedelta(minutes=10),
    )  # fmt: skip
    page.get_by_role("button", name="Add the zone").click()
    expect(page.get_by_text("What you typed stands below.")).to_be_visible()
    expect(page.get_by_label("Points")).to_have_value("5")
    accessible(page)
    page.get_by_label("Injected at").fill(f"{clock.local(begun, site):%H:%M}")
    page.get_by_label("Why is it entered only now?").fill("Typed after the last zone")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Typed after the last zone")).to_be_visible()
    accessible(page)


def test_a_refusal_is_asked_why_and_nothing_of_a_clearance(
    page: Page, live_server: Any, site: Site, accessible: Callable[[Page], None]
) -> None:
    physician = make_actor(site, Role.PHYSICIAN)
    patient = registered_patient(site)
    sign_in_by_cookie(page, live_server.url, physician.user)
    page.goto(live_server.url + reverse("clearance_new", args=[patient.pk, Rule.ANTICOAGULANT]))
    days, why = page.get_by_label("Valid until, this day included"), page.get_by_label("Why not")
    page.get_by_label("Yes, cleared", exact=True).check()
    expect(days).to_be_visible()
    expect(why).to_be_hidden()
    page.get_by_label("No, not cleared", exact=True).check()
    expect(days).to_be_hidden()
    expect(why).to_be_visible()
    accessible(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_audits(page: Page, live_server: Any, site: Site, size: str, accessible: Callable[[Page], None]) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    with clock.moved_to(clock.now() - timedelta(days=190)):
        ready_room(site)
    open_due_audits(by=service_actor(site), at=clock.now())
    physician = make_actor(site, Role.PHYSICIAN)
    sign_in_by_cookie(page, live_server.url, physician.user)
    week = Week.of(clock.today(site))
    addresses = [
        reverse("photo_audit_list"),
        reverse("photo_audit", args=[PhotoAudit.objects.get().pk]),
        *(reverse(name, args=[week.year, week.number]) for name in ("week", "week_rows", "week_deviations")),
    ]
    for address in addresses:
        page.goto(live_server.url + address)
        accessible(page)
