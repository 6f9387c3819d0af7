"""The first day: what the site decides, and one patient's way from the front desk to the signed session."""

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from demo.staff import PASSWORD
from tests.journeys.day.world import Staff

PATIENT = "Ida Demo-Ångström"
CONDITIONS = "Looked at; press each site for two minutes."
MEDICINE = "Apixaban 5 mg twice a day"
FORMULATION = "A Revitalising"
STOCK = {"Sodium chloride 9 mg/mL": "LOT-SOD", "Dexpanthenol 250 mg/mL": "LOT-DEX", "Biotin 5 mg/mL": "LOT-BIO"}
#: What is measured for a batch of 6 mL: dexpanthenol is meant to be 2.40 mL, within 5 %.
MEASURED = {"Sodium chloride": "2.40", "Dexpanthenol": "2.60", "Biotin": "1.20"}


def decide_protocols(staff: Staff) -> None:
    """One physician writes the starter drafts, changes one and sends all to review; the other approves them."""
    author = staff.go("physician2", "/protocols/")
    expect(author.get_by_text("The site isn't ready to treat")).to_be_visible()
    staff.press(author, "Write the starter drafts")
    drafts = author.get_by_role("table", name="Versions being written or reviewed").get_by_role("link").all()
    addresses = [str(link.get_attribute("href")) for link in drafts if "Example" not in link.inner_text()]
    # What the site can begin without stays a draft.
    addresses = [
        each for each in addresses if not any(kind in each for kind in ("/prp/", "/combined/", "/audit-rules/"))
    ]
    for part, label, text in (
        ("/formulations/", "Label warnings (optional)", "Intradermal, scalp only."),
        ("/aftercare/", "Telephone for questions (optional)", "+49 30 5550 100, 9:00 to 17:00"),
    ):
        staff.go("physician2", next(each for each in addresses if part in each))
        author.get_by_role("link", name="Edit").click()
        staff.passed(author)
        author.get_by_label(label).fill(text)
        staff.press(author, "Save the draft")
    table = next(each for each in addresses if "/jurisdiction/" in each)
    look_up_ingredients(staff, table)
    for address in sorted(addresses, key=lambda each: each != table):
        staff.go("physician2", address)
        staff.press(author, "Send to review")
        expect(author.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
        other = staff.go("physician", address)
        if (reason := other.locator("#approve").get_by_label("Reason for using them")).count():
            reason.fill("Ordered by the physician for each patient.")
        other.locator("#approve").get_by_role("textbox", name="Your password").fill(PASSWORD)
        staff.press(other, "Approve")
        expect(other.get_by_role("status").first).to_contain_text("is approved and in force")
    staff.go("physician", "/protocols/")
    expect(other.get_by_text("The site is ready to treat")).to_be_visible()


def look_up_ingredients(staff: Staff, table: str) -> None:
    """The author fills in the jurisdiction table, which ships empty: a local anaesthetic is for prescribers only."""
    page = staff.go("physician2", table)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Country or region").fill("Demo country")
    for row in page.get_by_role("group", name="Ingredient").all():
        restricted = "Lidocaine" in row.get_by_label("Ingredient").locator("option:checked").inner_text()
        row.get_by_label("Legal status").select_option("Prescriber only" if restricted else "Allowed")
        row.get_by_label("Where it was looked up").fill("Fictional entry of the journey")
        row.get_by_label("Looked up on").fill("2026-01-15")
        if restricted:
            row.get_by_label("What the patient reads").fill("A physician has ordered it for you.")
    staff.passed(page)
    staff.press(page, "Save the draft")


def receive_stock(staff: Staff, expires_on: str) -> None:
    """The preparer takes a lot of each ingredient of the formulation into stock."""
    for ingredient, lot in STOCK.items():
        page = staff.go("preparer", "/preparation/stock/new/")
        page.get_by_label("Ingredient").select_option(ingredient)
        page.get_by_label("Product, as on the pack").fill(f"{ingredient}, ampoules")
        page.get_by_label("Manufacturer or supplier").fill("Demo Pharma")
        page.get_by_label("Lot number").fill(lot)
        page.get_by_label("Expiry date").fill(expires_on)
        page.get_by_label("Volume received (mL)").fill("50")
        staff.press(page, "Receive this lot")


def register(staff: Staff) -> str:
    """The front desk looks for the patient, doesn't find her, and registers her; return the path of her page."""
    page = staff.go("desk", "/patients/")
    page.get_by_role("link", name="Register a patient").click()
    staff.passed(page)
    page.get_by_label("Family name").fill("Demo-Ångström")
    page.get_by_label("Given names (optional)").fill("Ida")
    page.get_by_label("Date of birth").fill("14.03.1979")
    page.get_by_label("Sex").select_option("Female")
    page.get_by_label("Telephone (optional)").fill("+49 30 5550 7700")
    staff.press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text(PATIENT)
    path = "/" + page.url.split("/", 3)[3]
    staff.go("desk", "/patients/")
    page.get_by_role("searchbox").press_sequentially("angstr")
    expect(page.get_by_role("link", name="Demo-Ångström, Ida")).to_be_visible()
    return path


def take_intake(staff: Staff) -> None:
    """The operator finds the patient among today's work and takes the intake."""
    page = staff.go("operator", "/today/")
    page.get_by_role("link", name="Take the intake").click()
    staff.passed(page)
    page.get_by_label("Early to moderate androgenetic alopecia").check()
    page.get_by_label("II · Marked thinning on top").check()
    staff.press(page, "Save the intake")


def question(page: Page, number: int) -> Locator:
    """Return a question of the checklist."""
    return page.get_by_role("group", name=re.compile(rf"^{number} ·"))


def answer_checklist(staff: Staff, patient: str, *, told: str, consented: bool) -> str:
    """The operator answers, an anticoagulant with yes, and is `told` what follows. Return the checklist's path.

    Before the patient has `consented` nobody can say that the consent is current.
    No formulation that is in force holds a 5-alpha-reductase inhibitor, so nobody is asked about one.
    """
    page = staff.go("operator", f"{patient}checklist/")
    page.get_by_label(FORMULATION).check()
    staff.press(page, "Begin the checklist")
    confirmed = 15
    expect(question(page, confirmed)).to_contain_text("Is the consent current")
    for number in range(1, 17):
        answer = "Yes" if number == 3 or (number == confirmed and consented) else "No"
        radio = question(page, number).get_by_role("radio", name=answer, exact=True)
        # By key: what follows from the answer before may come in above meanwhile, and move what a click aims at.
        radio.press("Space")
        expect(radio).to_be_checked()
        if number == 3:
            expect(page.get_by_text("name the medicine")).to_be_visible()
        elif number == confirmed and not consented:
            expect(question(page, number)).to_contain_text("No consent is in force")
    expect(question(page, 17)).to_have_count(0)
    page.get_by_label("Which medicine, and how much?").fill(MEDICINE)
    expect(page.get_by_role("link", name="Read and sign")).to_be_visible()
    expect(page.get_by_text(told).first).to_be_visible()
    staff.passed(page)
    return "/" + page.url.split("/", 3)[3]


def clear(staff: Staff, valid_until: str) -> None:
    """The physician finds the question among today's work and clears the anticoagulant."""
    page = staff.go("physician", "/today/")
    page.get_by_role("listitem").filter(has_text="Clearance asked").get_by_role("link", name="Decide").click()
    staff.passed(page)
    page.get_by_label("Yes, cleared", exact=True).check()
    page.get_by_label("Which medicine, or medicines, with the dose").fill(MEDICINE)
    page.get_by_label("Under which conditions").fill(CONDITIONS)
    page.get_by_label("Valid until, this day included").fill(valid_until)
    staff.sign(page, "Sign the decision")


def confirm_clearance(staff: Staff, checklist: str) -> None:
    """The operator confirms that the medicine is the one cleared, and reads under which conditions."""
    page = staff.go("operator", checklist)
    asked = page.get_by_role("group", name=f"Is this the medicine that was cleared: {MEDICINE}?")
    asked.get_by_role("radio", name="Yes, this and nothing else").check()
    expect(question(page, 3).get_by_text(CONDITIONS)).to_be_visible()
    staff.passed(page)


def sign_checklist(staff: Staff, checklist: str) -> None:
    """The operator reads the answers and signs them."""
    page = staff.go("operator", f"{checklist}sign/")
    expect(page.get_by_text("Cleared by Dr Petra Demo")).to_be_visible()
    staff.sign(page, "Sign the checklist")
    expect(page.get_by_text("The checklist is signed.")).to_be_visible()


def take_consent(staff: Staff, patient: str) -> None:
    """The patient confirms each statement; without a drawn signature nothing is sent; then she signs."""
    page = staff.go("operator", f"{patient}consent/")
    for statement in (
        page.get_by_role("group", name="The patient confirms each statement").get_by_role("checkbox").all()
    ):
        statement.check()
    page.get_by_label("Photographs may be taken and kept").check()
    page.get_by_role("radio", name="The patient").check()
    page.get_by_role("button", name="Record the consent").click()
    expect(page.get_by_text("The signature is missing.")).to_be_visible()
    pad = page.get_by_role("img", name="Sign here")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 40):
        page.mouse.move(box["x"] + 40 + step * 6, box["y"] + 90 + (-1) ** step * 25)
    page.mouse.up()
    staff.press(page, "Record the consent")
    expect(page.get_by_role("group", name="Signature")).to_contain_text("drawn by hand")


def take_photos(staff: Staff, patient: str, purpose: str, files: list[Path]) -> None:
    """The photo technician uploads a file for each required view and completes the set."""
    page = staff.go("photo", f"{patient}photos/new/")
    page.get_by_label(purpose, exact=True).check()
    staff.press(page, "Open the set")
    open_views = page.get_by_role("region", name="Views still to take before the set is complete").get_by_role(
        "listitem"
    )
    for number in range(open_views.count()):
        view = page.get_by_role("region", name=open_views.first.inner_text(), exact=True)
        view.locator("input[type=file]").set_input_files(files[number % len(files)])
        with page.expect_navigation():
            view.get_by_role("button", name="Upload").click()
        expect(view.get_by_role("img").first).to_be_visible()
    staff.passed(page)
    staff.press(page, "The set is complete")
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()


def make_plan(staff: Staff, patient: str) -> str:
    """The operator makes the plan; return its path."""
    page = staff.go("operator", patient)
    page.get_by_role("link", name="Make the plan").first.click()
    staff.passed(page)
    page.get_by_label("Formulation").select_option(f"{FORMULATION} v1")
    staff.press(page, "Make the plan")
    return "/" + page.url.split("/", 3)[3]


def prepare(staff: Staff) -> str:
    """The preparer measures a batch, one volume too large, signs it; return the code on the vial's label."""
    page = staff.go("preparer", "/preparation/new/")
    page.get_by_label(FORMULATION).check()
    page.get_by_label("Batch (mL)").fill("6")
    staff.press(page, "Begin")
    for (name, volume), lot in zip(MEASURED.items(), STOCK.values(), strict=True):
        line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))
        option = next(text for text in line.locator("option").all_inner_texts() if lot in text)
        line.get_by_role("combobox").select_option(label=option)
        line.get_by_role("textbox", name="Measured volume").fill(volume)
    for step in page.get_by_role("group", name="Critical steps").get_by_role("checkbox").all():
        step.check()
    page.get_by_label("As described", exact=True).check()
    expect(page.get_by_text("0.20 mL too much (+8.33 %)")).to_be_visible()
    expect(page.get_by_role("link", name="Check and sign")).to_be_visible()
    staff.passed(page)
    page.get_by_role("link", name="Check and sign").click()
    staff.passed(page)
    page.get_by_label("Why it deviates").fill("An air bubble, noticed too late.")
    staff.sign(page, "Sign as prepared")
    return page.get_by_role("table", name="Vials").get_by_role("link").first.inner_text()


def document_text(staff: Staff, key: str, link: str, folder: Path) -> str:
    """From the page that `key` is on, open the document `link` and read its PDF with pdftotext, as one line."""
    page = staff(key)
    page.get_by_role("link", name=link, exact=True).click()
    staff.passed(page)
    button = page.get_by_role("link", name="PDF").first
    expect(button).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        button.click()
    file = folder / "document.pdf"
    download.value.save_as(file)
    done = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True, text=True)
    return " ".join(done.stdout.split())
