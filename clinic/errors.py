"""What a service says when it doesn't do what it was asked: named errors with a sentence for people."""

from collections.abc import Sequence


class Refused(Exception):
    """The clinic's rules say no; `str()` tells the person what to do, `reasons` lists why."""

    def __init__(self, message: str, *, reasons: Sequence[str] = (), field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reasons = list(reasons)
        self.field = field


class NotAllowed(Refused):
    """The person lacks the permission."""


class StaleWrite(Refused):
    """Somebody else saved first; what was typed is kept and nothing was written."""


class ReadOnly(Exception):
    """Something was to be written while the clinic is read only (`clinic.trail.holding`); nothing was."""


class WrongPassword(Refused):
    """The password at signing isn't the signer's."""
