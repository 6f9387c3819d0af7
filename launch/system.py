"""What the clinic needs of the operating system, and how it gets there: apt or Homebrew, else a plain answer."""

import ctypes.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from launch.console import Console
from launch.failure import SYSTEM_LACKS, Failure
from launch.packages import Level, answers, can_make_venv

HOMEBREW = (Path("/opt/homebrew"), Path("/usr/local"))
FONT_FOLDERS = tuple(
    Path(folder).expanduser()
    for folder in ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
)
LOCK_SECONDS = 120
LOCK_PAUSE_SECONDS = 2.0
LOCKED = ("Unable to lock", "Could not get lock")
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chrome")


@dataclass(frozen=True)
class Need:
    """One thing that has to be on the machine: how to see that it is, and the packages that bring it."""

    what: str
    present: Callable[[], bool]
    apt: tuple[str, ...]
    brew: tuple[str, ...] = ()
    optional: bool = False


def library(name: str) -> Callable[[], bool]:
    """A check that the dynamic linker finds the library `name`."""

    def present() -> bool:
        if sys.platform == "darwin":
            return any((prefix / "lib" / f"lib{name}.dylib").exists() for prefix in HOMEBREW)
        return ctypes.util.find_library(name) is not None

    return present


def font(*patterns: str) -> Callable[[], bool]:
    """A check that a font file with a name like one of `patterns` is installed (macOS comes with all we ask for)."""

    def present() -> bool:
        return sys.platform == "darwin" or any(
            next(folder.rglob(pattern), None) for folder in FONT_FOLDERS for pattern in patterns if folder.is_dir()
        )

    return present


def program(*names: str) -> Callable[[], bool]:
    """A check that one of the programs `names` is on PATH."""
    return lambda: any(shutil.which(name) for name in names)


def needs(level: Level, *, own_redis: bool) -> list[Need]:
    """Everything that running (BASE) or testing (DEV) asks of the machine."""
    minor = sys.version_info.minor
    wanted = [
        Need("Python's venv module", can_make_venv, (f"python3.{minor}-venv",), (f"python@3.{minor}",)),
        Need("Pango", library("pango-1.0"), ("libpango-1.0-0",), ("pango",)),
        Need("Pango's FreeType part", library("pangoft2-1.0"), ("libpangoft2-1.0-0",), ("pango",)),
        Need("HarfBuzz' subset part", library("harfbuzz-subset"), ("libharfbuzz-subset0",), ("harfbuzz",)),
        Need("a font", font("*.ttf", "*.otf", "*.ttc"), ("fonts-dejavu-core",)),
        Need("fonts for most scripts", font("NotoSansArabic*"), ("fonts-noto-core",), optional=True),
        Need(
            "a font for Chinese and Japanese",
            font("DroidSansFallback*", "NotoSansCJK*", "wqy-*"),
            ("fonts-droid-fallback",),
            optional=True,
        ),
        # The one above has no Hangul.
        Need("a font for Korean", font("NotoSansCJK*", "Nanum*", "UnDotum*"), ("fonts-nanum",), optional=True),
    ]
    if own_redis:
        wanted.append(Need("a Redis server", program("redis-server"), ("redis-server",), ("redis",)))
    if level is Level.DEV:
        wanted.append(Need("pdftotext and pdftoppm", program("pdftotext"), ("poppler-utils",), ("poppler",)))
        if browser_is_a_package():
            wanted.append(Need("Chromium", lambda: find_browser() is not None, ("chromium",)))
    return wanted


def browser_is_a_package() -> bool:
    """Whether Chromium comes as a system package; Ubuntu's is only a snap, and macOS has none."""
    return sys.platform == "linux" and "ubuntu" not in _distribution()


def find_browser() -> str | None:
    """The path of an installed Chromium or Chrome that runs (Ubuntu's `chromium` may be a stub that asks for snap)."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path and answers([path, "--version"]):
            return path
    return None


def ensure(wanted: Sequence[Need], console: Console, *, first_time: bool) -> None:
    """Install what is missing. Raises Failure with exit code 3, naming it and the command, when that can't be done.

    What is only optional is tried for once, `first_time`, or together with something that isn't.
    """
    missing = [need for need in wanted if not need.present()]
    if not missing or (not first_time and all(need.optional for need in missing)):
        return
    if commands := _install_commands(missing):
        title = "Installing " + ", ".join(need.what for need in missing)
        try:
            with console.step(title if len(title) < 50 else f"Installing {len(missing)} system packages"):
                for command in commands:
                    _run_when_free(command, console)
        except Failure as failure:
            _give_up_unless_optional(missing, console, failure)
    _give_up_unless_optional(missing, console, None)


def _run_when_free(command: Sequence[str], console: Console) -> None:
    """Run a package manager's command once no other has its lists locked, as a machine's own updates do after a start.

    `DPkg::Lock::Timeout` waits for the packages' lock only. Raises Failure, also when the lists stay locked.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            console.run(command, what="Installing system packages", env=_quiet_environment())
        except Failure as failure:
            if not any(words in str(failure) for words in LOCKED) or time.monotonic() > deadline:
                raise
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def _give_up_unless_optional(missing: Sequence[Need], console: Console, failure: Failure | None) -> None:
    still = [need for need in missing if not need.present()]
    lacking = [need for need in still if not need.optional]
    if lacking:
        names = ", ".join(need.what for need in lacking)
        why = f" {failure.args[0]}" if failure else ""
        log = failure.log if failure else None
        raise Failure(f"This machine lacks {names}.{why} {advice(lacking)}", code=SYSTEM_LACKS, log=log)
    if still and not failure:
        console.say(f"  Without {', '.join(need.what for need in still)}, some names print as boxes. {advice(still)}")


def advice(lacking: Sequence[Need]) -> str:
    """The command that brings what is lacking, for people to type."""
    if sys.platform == "darwin":
        return f"Get it with: brew install {_names(lacking, 'brew')}"
    if shutil.which("apt-get"):
        as_root = "" if os.geteuid() == 0 else "sudo "
        packages = _names(lacking, "apt")
        return f"Get it with: {as_root}apt-get update && {as_root}apt-get install {packages}"
    return f"Install what your system calls: {_names(lacking, 'apt')} (these are Debian's names)."


def _names(lacking: Sequence[Need], manager: str) -> str:
    return " ".join(dict.fromkeys(name for need in lacking for name in getattr(need, manager)))


def _install_commands(missing: Sequence[Need]) -> list[list[str]]:
    """The commands that install what is missing without asking anybody; none where we may not."""
    if sys.platform == "darwin":
        packages = _names(missing, "brew").split()
        return [["brew", "install", *packages]] if packages and shutil.which("brew") else []
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        as_root = []
    elif answers(["sudo", "-n", "true"]) is not None:
        as_root = ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"]
    else:
        return []
    apt = [*as_root, "apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}"]
    return [[*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *_names(missing, "apt").split()]]


def _quiet_environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def _distribution() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{release.get('ID', '')} {release.get('ID_LIKE', '')}"


def library_path() -> dict[str, str]:
    """What a program's environment needs to find Homebrew's libraries on macOS; nothing elsewhere."""
    if platform.system() != "Darwin":
        return {}
    return {"DYLD_FALLBACK_LIBRARY_PATH": ":".join(str(prefix / "lib") for prefix in HOMEBREW)}
