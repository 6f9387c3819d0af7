"""Whether this worker was asked to stop: its main process is told, and the processes that it forked see it."""

import mmap

# A page that is shared with what is forked from here. No lock guards it, which a killed process could keep.
_asked = mmap.mmap(-1, 1)


def stop_soon() -> None:
    """Take up no further work, here and in the processes that were forked from here."""
    _asked[0] = 1


def is_stopping() -> bool:
    """Whether no further work is to be taken up."""
    return _asked[0] == 1
