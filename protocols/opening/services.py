"""Recording that something is set up at the site, and that it isn't any more."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Membership, User
from clinic.accounts.permissions import ROLES, Permission, Role
from clinic.dates import second_text
from clinic.errors import NotAllowed, Refused
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, sign
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.opening.models import Arrangement, SetUp, SetUpEnd

#: The roles that treat: whose training is recorded.
TREATING = [role.value for role in Role if Permission.TREAT in ROLES[role].permissions]


def may_set_up(actor: Actor) -> bool:
    """Whether `actor` records what is set up: the manager, or who approves protocols."""
    return actor.may(Permission.MANAGE_STAFF) or actor.may(Permission.APPROVE_PROTOCOLS)


@unit_of_work
def record_set_up(
    *,
    by: Actor,
    arrangement: Arrangement,
    name: str,
    details: str,
    person: User | None,
    valid_until: date | None,
    confirmed: Confirmed,
    submission_key: UUID,
    at: datetime,
) -> SetUp:
    """Record by signature that something is set up, or an operator (`person`) trained; a second click is the first.

    Raises NotAllowed without the right; Refused without words, for a last day that is over, for an operator who
    doesn't treat at this site, and for attesting one's own training.
    """
    _check_right(by)
    if (before := already_submitted(SetUp, submission_key, site=by.site)) is not None:
        return before
    if arrangement == Arrangement.OPERATOR:
        person = _operator(by, person)
        name = person.full_name
    else:
        person = None
    name, details = " ".join(name.split()), details.strip()
    if not name or not details:
        raise Refused(_("Say what is set up, and how it was checked."), field="details" if name else "name")
    if valid_until is not None and valid_until < clock.local(at, by.site).date():
        raise Refused(_("This day is over. Check it again, then record until when it holds."), field="valid_until")
    set_up = with_number(
        SetUp(
            site=by.site, arrangement=arrangement, name=name, person=person, details=details, valid_until=valid_until,
            checked_at=at, checked_by=by.user, submission_key=submission_key,
        )
    )  # fmt: skip
    content = {
        "arrangement": arrangement, "name": name, "person": person.pk if person else None, "details": details,
        "valid_until": valid_until, "site": by.site.pk,
    }  # fmt: skip
    set_up.signature = sign(
        by=by, confirmed=confirmed, meaning=Meaning.REVIEWED, subject=set_up, content=content, at=at
    )
    set_up.save()
    record(by=by, action=Action.CREATE, subject=set_up, after=content, at=at)
    return set_up


@unit_of_work
def end_set_up(*, by: Actor, set_up: SetUp, reason: str, at: datetime) -> SetUpEnd:
    """Record that it isn't there any more; the same person's second click changes nothing.

    Raises NotAllowed without the right or for another site's, Refused without a reason and when somebody else ended it.
    """
    _check_right(by)
    held = SetUp.objects.for_site(by.site).select_for_update(no_key=True).filter(pk=set_up.pk).first()
    if held is None:
        raise NotAllowed(_("This isn't one of your site's. Open it again from the list."))
    if before := SetUpEnd.objects.filter(set_up=held).select_related("ended_by").first():
        if before.ended_by_id == by.user.pk:
            return before
        raise Refused(
            _("%(who)s has ended this already (%(at)s). Nothing was changed.")
            % {"who": before.ended_by, "at": second_text(clock.local(before.ended_at, by.site))}
        )
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise Refused(_("Say why it isn't there any more."), field="reason")
    end = SetUpEnd.add(set_up=held, reason=reason, ended_at=at, ended_by=by.user)
    record(by=by, action=Action.END, subject=held, reason=reason, at=at)
    return end


def _check_right(by: Actor) -> None:
    if not may_set_up(by):
        raise NotAllowed(_("Only the manager, or who approves protocols, records what is set up."))


def _operator(by: Actor, person: User | None) -> User:
    here = Membership.objects.current().filter(site=by.site, role__in=TREATING, user=person)
    if person is None or not here.exists():
        raise Refused(_("Choose somebody who treats at this site."), field="person")
    if person.pk == by.user.pk:
        raise Refused(_("Somebody else attests your training."), field="person")
    return person
