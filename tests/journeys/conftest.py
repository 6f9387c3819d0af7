"""What every journey needs: the installed Chromium, a person signed in, and a check that anybody can use the page."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from tests.factories import PASSWORD, make_user

# Playwright keeps an event loop running in the test's thread; Django would refuse the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

#: So long a page may take on a busy machine, in ms, whatever is waited for; after it, it has failed.
PATIENCE_MS = 10_000
expect.set_options(timeout=PATIENCE_MS)

#: Tablet upright and a laptop: the two sizes that every screen is made for.
TABLET = {"width": 768, "height": 1024}
LAPTOP = {"width": 1280, "height": 900}
SIZES = {"768": TABLET, "1280": LAPTOP}

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = """async (tags) => {
  const result = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  // What axe leaves to people to judge, but is wrong on every page of ours: labels that lead to another field.
  const doubles = result.incomplete.filter(({ id }) => id === "duplicate-id-aria");
  return [...result.violations, ...doubles].map(({ id, impact, help, nodes }) => ({
    id, impact, help, nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the machine's own Chromium, quiet and without a window."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium on this machine; bin/test installs it")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet + camera}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Journeys name whole addresses (and the plug-in's own fixture is of a kind that pytest is giving up)."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Be a tablet in the clinic's time zone; a page that takes longer than 10 s has failed."""
    return {**browser_context_args, "viewport": TABLET, "locale": "en-GB", "timezone_id": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def _patience(context: BrowserContext) -> None:
    context.set_default_timeout(PATIENCE_MS)


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser complained of: script errors, refused resources, violations of the content policy.

    The test fails when something is left in the list; a test that provokes a complaint clears it.
    """
    found: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.append(f"{message.type}: {message.text}")

    context.on("console", on_console)
    context.on("weberror", lambda error: found.append(f"script: {error.error}"))
    yield found
    assert found == []


#: Waits until nothing moves but what turns for ever.
STILL = """() => Promise.allSettled(
    document.getAnimations()
        .filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished))"""


@cache
def _axe_source() -> str:
    return (settings.NODE_MODULES / "axe-core" / "axe.min.js").read_text()


def check_accessible(page: Page) -> None:
    """Fail when axe finds something serious or critical on the page as it is shown once nothing moves any more.

    What fades in has another contrast on its way.
    """
    page.evaluate(STILL)
    page.evaluate(_axe_source())
    violations = page.evaluate(AXE_RUN, AXE_RULES)
    serious = [violation for violation in violations if violation["impact"] in {"serious", "critical"}]
    told = [f"{v['impact']} {v['id']}: {v['help']}\n    " + "\n    ".join(v["nodes"]) for v in serious]
    assert not told, "\n".join([page.url, *told])


def check_fits(page: Page) -> None:
    """Fail when the page has to be moved sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Return the check that a page is accessible and fits its width."""

    def check(page: Page) -> None:
        check_accessible(page)
        check_fits(page)

    return check


def sign_in_by_form(page: Page, address: str, email: str, password: str = PASSWORD) -> None:
    """Sign in through the page, as people do."""
    page.goto(f"{address}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/today/")


def sign_in_by_cookie(page: Page, address: str, user: User) -> None:
    """Be signed in as who has signed in before: the form has journeys of its own. No page is opened yet."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


@pytest.fixture
def clinic_page(page: Page, live_server: Any, site: Site) -> Page:
    """A page signed in as an operator at Site North; addresses are relative to the clinic."""
    user = make_user("Clara Demo", site=site, roles=[Role.OPERATOR])
    sign_in_by_cookie(page, live_server.url, user)
    return page
