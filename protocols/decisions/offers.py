"""What somebody may do with a version: the same table of moves that the services obey."""

from dataclasses import dataclass

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from protocols.decisions.models import Decision
from protocols.decisions.states import State, may_move


@dataclass(frozen=True, slots=True)
class Offers:
    """The steps that a page offers; `own` says that whoever looks is the author."""

    own: bool
    edit: bool
    submit: bool
    discard: bool
    take_back: bool
    send_back: bool
    approve: bool
    retire: bool
    write_next: bool


def offers(version: Decision, actor: Actor) -> Offers:
    """Return what `actor` may do with `version`; reads nothing."""
    own = version.author_id == actor.user.pk
    writes, approves = actor.may(Permission.WRITE_PROTOCOLS), actor.may(Permission.APPROVE_PROTOCOLS)
    in_review = version.status == State.IN_REVIEW
    return Offers(
        own=own,
        edit=version.is_draft and own and writes,
        submit=writes and may_move(version.status, State.IN_REVIEW),
        discard=version.is_draft and ((own and writes) or approves),
        take_back=in_review and own and writes,
        send_back=in_review and not own and approves,
        approve=not own and approves and not version.waits and may_move(version.status, State.APPROVED),
        retire=approves and may_move(version.status, State.RETIRED),
        write_next=writes and not in_review,
    )
