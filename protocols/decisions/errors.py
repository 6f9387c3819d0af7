"""The ways in which a documented decision can be refused, each with a name."""

from clinic.errors import Refused


class WrongMove(Refused):
    """The version isn't where this step begins."""


class AlreadyDecided(WrongMove):
    """Somebody else took this step first."""


class OwnDraft(Refused):
    """The author can't be the second person."""


class NotComplete(Refused):
    """Something is missing before it can be reviewed; `reasons` says what."""


class TooManyActive(Refused):
    """Three formulations are active; one has to be retired first."""


class OutOfDate(Refused):
    """What it refers to has changed since it was written."""
