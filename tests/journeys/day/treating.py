"""A session from its gate to the signature."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.day.world import Staff

#: Points and millilitres per point; the vial holds 6.20 mL.
ZONES = (("Frontal forelock", "20", "0.05"), ("Vertex", "30", "0.1"))
WASTED, LEFT = "0.2", "2"


def start(staff: Staff, plan: str) -> Page:
    """The operator opens the next session of the plan: the session, and what stops it."""
    page = staff.go("operator", plan)
    staff.press(page, "Start the next session")
    return page


def go_on(staff: Staff, plan: str) -> Page:
    """The operator goes back to the session that was stopped."""
    page = staff.go("operator", plan)
    page.get_by_role("link", name="Go on with the session").click()
    staff.passed(page)
    return page


def treat(staff: Staff, page: Page, code: str) -> None:
    """The operator scans the vial, injects, accounts for every microlitre, briefs and signs."""
    expect(page.get_by_text("Nothing stops this session")).to_be_visible()
    page.get_by_label("Code on the vial's label").fill(code)
    staff.press(page, "Use this vial")
    for zone, points, volume in ZONES:
        page.get_by_role("combobox", name="Zone").select_option(zone)
        page.get_by_role("textbox", name="Points").fill(points)
        page.get_by_role("textbox", name=re.compile("^Volume per site")).fill(volume)
        staff.press(page, "Add the zone")
    page.get_by_role("textbox", name=re.compile("^Wasted")).fill(WASTED)
    page.get_by_role("textbox", name=re.compile("^Left in the vial")).fill(LEFT)
    staff.press(page, "Save amounts")
    staff.press(page, "The patient was briefed")
    expect(page.get_by_role("main")).to_contain_text("Every microlitre is accounted for")
    staff.sign(page, "Sign the session")
    expect(page.get_by_text("Signed").first).to_be_visible()
