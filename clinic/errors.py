"""What a service says when it doesn't do what it was asked: named errors with a sentence for people."""

from collections.abc import Sequence
from typing import NamedTuple


class Way(NamedTuple):
    """Where somebody goes on who was refused: what the link says, and the address."""

    text: str
    url: str


class Refused(Exception):
    """The clinic's rules say no; `str()` tells the person what to do, `reasons` lists why.

    `way` leads to where it is done; it is None where there is no such page, or it doesn't open for the person.
    """

    def __init__(
        self, message: str, *, reasons: Sequence[str] = (), field: str = "", way: Way | None = None
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = message
        self.reasons = list(reasons)
        self.field = field
        self.way = way


class NotAllowed(Refused):
    """The person lacks the permission."""


class StaleWrite(Refused):
    """Somebody else saved first; what was typed is kept and nothing was written."""


class ReadOnly(Exception):
    """Something was to be written while the clinic is read only (`clinic.trail.holding`); nothing was."""


class WrongPassword(Refused):
    """The password at signing isn't the signer's."""
