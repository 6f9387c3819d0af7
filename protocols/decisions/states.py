"""The life of a documented decision, and who may move it on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.codes import known


class State(models.TextChoices):
    """Where a version stands."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    RETIRED = "retired", _("Retired")


#: The legal moves; screens offer these and services allow these.
MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW}),
    State.IN_REVIEW: frozenset({State.DRAFT, State.APPROVED}),
    State.APPROVED: frozenset({State.RETIRED}),
    State.RETIRED: frozenset(),
}


def may_move(old: State | str, new: State | str) -> bool:
    """Whether a version may go from `old` to `new`."""
    state = known(State, old)
    return state is not None and State(new) in MOVES[state]
