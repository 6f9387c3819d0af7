"""Sets the clinic up on a fresh machine, runs it, and tests it: the code behind `bin/`. Standard library only.

It runs before anything is installed, so it imports nothing else: `clinic` and its libraries live in `.venv`,
and are reached by starting programs there.
"""
