"""Every write about preparations and their vials."""

from sessions.preparation.services.drafts import measure, note_try, record_look, start_preparation
from sessions.preparation.services.leftovers import destroy_leftover
from sessions.preparation.services.signing import reject_preparation, sign_preparation
from sessions.preparation.services.steps import tick_steps

__all__ = [
    "destroy_leftover",
    "measure",
    "note_try",
    "record_look",
    "reject_preparation",
    "sign_preparation",
    "start_preparation",
    "tick_steps",
]
