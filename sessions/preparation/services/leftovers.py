"""What happens to a vial outside a session: what is left in it is destroyed."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amounts import millilitre_text
from clinic.errors import NotAllowed, Refused
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from sessions.preparation.models import Vial, VialMovement, VialMovementKind
from sessions.preparation.queries import remaining_ul


@unit_of_work
def destroy_leftover(
    *,
    by: Actor,
    vial: Vial,
    reason: str,
    volume_ul: int | None = None,
    submission_key: uuid.UUID,
    at: datetime,
) -> VialMovement:
    """Record that `volume_ul` microlitres of `vial` were destroyed, all that is left when None.

    Raises Refused without a reason, for an empty vial, for more than is left, and while a session that is in progress
    has the vial in hand.
    """
    by.require(Permission.PREPARE)
    if vial.site_id != by.site.pk:
        raise NotAllowed(_("This is a vial of another site. Change to that site first."))
    row = Vial.objects.select_for_update(of=("self",), no_key=True).get(pk=vial.pk)
    if (before := already_submitted(VialMovement, submission_key, vial=row)) is not None:
        return before
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(_("Say why it is destroyed, in a few words."), field="reason")
    left_ul = remaining_ul(row)
    if left_ul == 0:
        raise Refused(_("This vial is empty already: there is nothing to destroy."))
    if row.treatment_sessions.filter(ended_at=None).exists():
        raise Refused(_("This vial is in use in a session just now. Finish the session first."))
    volume_ul = left_ul if volume_ul is None else volume_ul
    if not 1 <= volume_ul <= left_ul:
        raise Refused(
            _("From 0.001 to %(left)s mL can be destroyed: that is what is left.") % {"left": millilitre_text(left_ul)},
            field="volume_ul",
        )
    movement = VialMovement.add(
        vial=row, kind=VialMovementKind.DESTROYED, volume_ul=volume_ul, reason=reason, moved_at=at, moved_by=by.user,
        submission_key=submission_key,
    )  # fmt: skip
    record(
        by=by, action=Action.CHANGE, subject=row, reason=reason, at=at, before={"remaining_ul": left_ul},
        after={"destroyed_ul": volume_ul, "remaining_ul": left_ul - volume_ul},
    )  # fmt: skip
    return movement
