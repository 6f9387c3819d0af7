"""`bin/lock`: pins requirements/*.in and package.json again, with hashes and without any index's address."""

from collections.abc import Sequence

from launch.console import Console
from launch.packages import Level, find_node, find_uv, install
from launch.places import ROOT, Project, data_folder

HELP = """usage: bin/lock [--upgrade] [--upgrade-package NAME]

Pins requirements/*.in and package.json again, with hashes: run it after editing one of them.
Without an option, what is pinned stays where it still fits; the options are uv's."""
OLDEST_PYTHON = "3.12"
# dev.txt is pinned to what base.txt says, so that tests run with what the clinic runs with.
LOCKS = (("base", None), ("dev", "base"), ("uv", None))


def lock(arguments: Sequence[str]) -> int:
    """Write the lock files anew; arguments (`--upgrade`, `--upgrade-package NAME`) go to uv. Raises Failure."""
    if {"-h", "--help"} & set(arguments):
        print(HELP)
        return 0
    project, data = Project(ROOT), data_folder(None)
    data.open()
    console = Console(data.setup_log)
    install(project, Level.BASE, console)
    uv = find_uv() or str(project.venv / "uv" / "bin" / "uv")
    for name, constraint in LOCKS:
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--python-version", OLDEST_PYTHON, f"requirements/{name}.in", "-o", f"requirements/{name}.txt"]
        command += ["-c", f"requirements/{constraint}.txt"] if constraint else []
        with console.step(f"Locking requirements/{name}.txt"):
            console.run([*command, *arguments], what="uv", cwd=ROOT)
    npm, _ = find_node(project)
    with console.step("Locking package-lock.json"):
        console.run([*npm, "install", "--package-lock-only", "--ignore-scripts"], what="npm", cwd=ROOT)
    return 0
