"""The clinic of the journey: a `bin/run` of its own, a clock that can be moved, and a browser for each person."""

import os
import re
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from demo.staff import PASSWORD
from launch.places import ROOT
from launch.redis_server import free_port
from tests.journeys.conftest import check_accessible, check_fits, sign_in_by_form

#: What the test's own services must not lend to the clinic of the journey.
OURS = ("CLINIC_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PG")
START_SECONDS = 400


class Stack:
    """Web, worker, beat, Postgres and Redis as `bin/run` starts them, on a data folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "clinic"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._clock = folder / "clock"
        self._output = folder / "run.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.move_clock(timedelta())
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [ROOT / "bin" / "run", "--empty", "--port", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
            )
        try:
            self.wait_for(
                lambda: "The clinic is open" in self._output.read_text(), within_s=START_SECONDS, why="it opens"
            )
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def wait_for(self, what: object, *, within_s: float, why: str) -> None:
        """Wait until `what()` is true; AssertionError with what the clinic printed after `within_s` seconds."""
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            if callable(what) and what():
                return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError(f"{why}: not within {within_s:.0f} s\n{self._output.read_text()[-2000:]}")

    def manage(self, *arguments: str, program: str = "") -> str:
        """Run `bin/manage` on this clinic and return what it printed; AssertionError with its complaint."""
        done = subprocess.run(
            [ROOT / "bin" / "manage", *arguments],
            input=program,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def move_clock(self, ahead: timedelta) -> None:
        """Let the whole clinic live so far ahead of the real time."""
        self._clock.write_text(str(int(ahead.total_seconds())), encoding="ascii")

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**clean, "CLINIC_DATA": str(self.data), "CLINIC_CLOCK_FILE": str(self._clock)}


class Staff:
    """The people at work, each in a browser of their own, whose pages are looked at by axe when they are passed."""

    def __init__(self, browser: Browser, address: str, context_args: dict[str, object]) -> None:
        self._browser, self._address, self._args = browser, address, context_args
        self._pages: dict[str, Page] = {}
        self._seen: set[tuple[str, str]] = set()
        self.complaints: list[str] = []

    def __call__(self, key: str) -> Page:
        """Return the page of the demo's person `key`, signed in."""
        if key not in self._pages:
            context: BrowserContext = self._browser.new_context(**self._args)  # type: ignore[arg-type]
            context.set_default_timeout(20_000)
            context.on("weberror", lambda error: self.complaints.append(f"{key}: {error.error}"))
            context.on("console", lambda message: self._heard(key, message))
            page = context.new_page()
            sign_in_by_form(page, self._address, f"{key}@demo.example", PASSWORD)
            self._pages[key] = page
            self.passed(page)
            self._certify(page)
        return self._pages[key]

    def _certify(self, page: Page) -> None:
        """Certify one's signature, as everybody does once before they sign."""
        page.goto(self._address + "/signature/")
        self.passed(page)
        page.get_by_role("textbox", name="Your password").fill(PASSWORD)
        self.press(page, "Certify my signature")
        expect(page.get_by_role("status").first).to_contain_text("Your signature is certified")

    def _heard(self, key: str, message: ConsoleMessage) -> None:
        # A refusal that the journey expects is a line in the console too; a broken page or policy is another one.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{key}: {message.text}")

    def go_home(self) -> None:
        """Close every browser."""
        for page in self._pages.values():
            page.context.close()

    def go(self, key: str, path: str) -> Page:
        """Let `key` open `path`; return the page."""
        page = self(key)
        page.goto(self._address + path)
        self.passed(page)
        return page

    def passed(self, page: Page) -> None:
        """Check the page that somebody passes: no error page, nothing serious for axe, and it fits the screen.

        The same kind of page under the same heading is looked at once.
        """
        page.wait_for_load_state()
        heading = page.get_by_role("heading", level=1).inner_text()
        assert not heading.startswith(("Something went wrong", "Not found")), f"{page.url}: {heading}"
        kind = (re.sub(r"\d+|/[\w-]{8,}/", "#", page.url), page.locator("main").inner_html()[:200])
        if kind not in self._seen:
            self._seen.add(kind)
            check_accessible(page)
            check_fits(page)

    def press(self, page: Page, name: str) -> None:
        """Press the button `name`, wait for the page that comes, and check it."""
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        with page.expect_navigation():
            button.click()
        self.passed(page)

    def sign(self, page: Page, name: str) -> None:
        """Type the password into the one signature that is open, and press its button `name`."""
        page.get_by_role("textbox", name="Your password").fill(PASSWORD)
        self.press(page, name)
