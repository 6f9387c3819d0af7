"""Loading while the database is being prepared: `bin/run` starts the clinic's programs at once, and they wait here.

CLINIC_STARTS_AFTER names a file that is there once the database is prepared; where it isn't set, it is prepared.
"""

import os
import sys
import time
from pathlib import Path

LOOKS_EVERY_S = 0.02


def wait_until_prepared() -> None:
    """Return once the database is prepared: what is loaded by then has asked it for nothing.

    Ends this process when the one that started it has gone, which would have made the file.
    """
    named = os.environ.get("CLINIC_STARTS_AFTER")
    if not named:
        return
    started_by = os.getppid()
    while not Path(named).exists():
        if os.getppid() != started_by:
            sys.exit("The clinic's launcher is gone.")
        time.sleep(LOOKS_EVERY_S)
