"""Half a year later: the month-6 audit, and the manager's week."""

from datetime import date

from playwright.sync_api import expect

from tests.journeys.day.world import Staff


def grade_and_sign(staff: Staff) -> None:
    """The physician finds the audit among today's work, grades each pair, decides and signs."""
    page = staff.go("physician", "/today/")
    page.get_by_role("listitem").filter(has_text="Month-6 photo audit").get_by_role("link", name="Audit").click()
    staff.passed(page)
    missing = page.get_by_role("region", name="Before this audit can be signed").get_by_role("listitem")
    for name in missing.all_inner_texts():
        view = page.get_by_role("region", name=name.removesuffix(" isn't graded."), exact=True)
        view.get_by_label("+1 slightly increased").check()
    staff.press(page, "Save the grades")
    staff.passed(page)
    page.get_by_label("Continue", exact=False).first.check()
    staff.sign(page, "Sign the audit")
    expect(page.get_by_text("Signed").first).to_be_visible()


def sign_week(staff: Staff, day: date) -> None:
    """The manager opens the week of `day`, follows a number to its rows, decides on the deviation and signs."""
    year, week, _day = day.isocalendar()
    page = staff.go("manager", f"/audit/week/{year}/{week}/")
    page.get_by_role("table", name="By preparer").get_by_role("link", name="1").first.click()
    staff.passed(page)
    expect(page.get_by_role("main")).to_contain_text("PREP-")
    staff.go("manager", f"/audit/week/{year}/{week}/")
    page.locator("summary", has_text="Decide").click()
    page.get_by_label("Talked through", exact=False).first.check()
    page.get_by_label("What was found").fill("Talked through at the bench; the pipette was read twice.")
    staff.press(page, "Decide")
    staff.sign(page, "Sign the week")
    expect(page.get_by_text("Signed").first).to_be_visible()
