"""`python launch COMMAND ARGUMENTS`, as the scripts in `bin/` call it."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from launch.cli import main

    sys.exit(main(sys.argv[1:]))
