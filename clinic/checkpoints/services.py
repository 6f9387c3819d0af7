"""Making the clinic read only when its database was put back, and going on from there."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor, current_memberships
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Permission
from clinic.checkpoints.rollback import Lost, Reading, as_rows, compare, compared, in_words, lost_of
from clinic.errors import NotAllowed, Refused
from clinic.outbox.services import raise_alert
from clinic.trail.appending import End, locked_ends
from clinic.trail.holding import note_of
from clinic.trail.models import Action, Rollback, WaitingLook
from clinic.trail.notes import Note
from clinic.trail.seen import gone_from_here
from clinic.trail.unit import unit_of_work, write_notes

logger = logging.getLogger(__name__)

#: Letters; a full stop is no reason.
SHORTEST_REASON = 3


class EmptyDatabaseError(RuntimeError):
    """There is no clinic in the database, and checkpoints of one."""

    def __init__(self, lost: Iterable[Lost]) -> None:
        super().__init__(
            f"The database is empty, and checkpoints tell of a clinic's record trail ({'; '.join(in_words(lost))}). "
            "Put a backup back. For a new clinic, move the old checkpoints away, or name other places for the new ones "
            "with CLINIC_CHECKPOINT_FOLDERS."
        )


def look_for_rollback(*, at: datetime, reading: Reading | None = None, until: float | None = None) -> list[str]:
    """Compare the chains with what is noted outside, and make the clinic read only when they aren't what was noted.

    Returns what there is to say about it, in sentences, and logs it. A place that can't be read raises nothing. With
    `reading`, which was begun before, only its places are asked, `until` this moment of `time.monotonic()`.

    Raises EmptyDatabaseError when there is no clinic that could be read only.
    """
    known = [Lost(*end) for end in gone_from_here()]
    found = compare(known=known) if reading is None else compared(reading, until=until, known=known)
    said = [
        f"Checkpoints in {name} can't be read: the record trail wasn't compared with them."
        for name in found.unread_in_words()
    ]
    if found.lost and not Site.objects.exists():
        raise EmptyDatabaseError(found.lost)
    if found.lost:
        _hold(found.lost, at=at)
    held = Rollback.objects.filter(acknowledged_at=None).first()
    if held is not None:
        behind = "; ".join(in_words(map(lost_of, held.lost)))
        said.append(
            f"The clinic is READ ONLY: an older backup was put back ({behind}). Put a newer one back if there is one; "
            'else run bin/manage begin_epoch --by EMAIL --reason "..." to go on from here. If nobody put one back, '
            "somebody may have written the record trail anew: bin/manage verify_trail says where."
        )
    for sentence in said:
        logger.warning("%s", sentence)
    return said


@transaction.atomic
def _hold(lost: list[Lost], *, at: datetime) -> None:
    """Make the clinic read only, and alert whoever handles that; what is found twice is kept once."""
    with connection.cursor() as cursor:
        # Whoever adds to a chain now has finished when this goes on.
        cursor.execute("SELECT 1 FROM clinic_chainhead ORDER BY site_id FOR UPDATE")
    Rollback.objects.bulk_create([Rollback(found_at=at, lost=as_rows(lost))], ignore_conflicts=True)
    held = Rollback.objects.select_for_update().get(acknowledged_at=None)
    Rollback.objects.filter(pk=held.pk).update(lost=as_rows(_together(map(lost_of, held.lost), lost)))
    raise_alert(
        kind="trail.rollback", key=f"trail.rollback:{held.pk}", subject="", at=at,
        text=_(
            "An older backup was put back, and what was recorded after it is lost: %(lost)s. The clinic is read only "
            "until a manager runs bin/manage begin_epoch on the server."
        )
        % {"lost": "; ".join(in_words(lost))},
    )  # fmt: skip


def _together(*several: Iterable[Lost]) -> list[Lost]:
    """Return the furthest of each site and epoch."""
    found: dict[tuple[int, int], Lost] = {}
    for each in (each for lost in several for each in lost):
        found[each.site, each.epoch] = max(found.get((each.site, each.epoch), each), each)
    return sorted(found.values())


@unit_of_work
def begin_epoch(*, by: User, reason: str, at: datetime) -> list[Lost]:
    """Go on from the backup that was put back: a new epoch of every chain, begun by an entry that names what is lost.

    The looks that waited follow it. Returns what is lost. Raises NotAllowed for who doesn't manage the clinic, and
    Refused when the clinic isn't read only, has no site, or `reason` says nothing.
    """
    actors = _at_every_site(by)
    if not by.is_active or not any(actor.may(Permission.MANAGE_STAFF) for actor in actors):
        raise NotAllowed(_("Only a manager of the clinic begins a new epoch of its record trail."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(_("Say why an older backup was put back."), field="reason")
    held = Rollback.objects.select_for_update().filter(acknowledged_at=None).first()
    if held is None:
        raise Refused(_("The clinic isn’t read only: its chains aren’t behind what was noted outside."))
    # What was found then counts, also where the place that told of it can't be read any more.
    then = list(map(lost_of, held.lost))
    lost = _together(then, compare(whole=True, known=then).lost)
    ends = locked_ends({actor.site.pk for actor in actors})
    epoch = 1 + max([end.epoch for end in ends.values()] + [each.epoch for each in lost])
    here = {actor.site.pk for actor in actors}
    gone = [each for each in lost if each.site not in here]
    for actor in actors:
        mine = [each for each in lost if each.site == actor.site.pk]
        if actor is actors[0]:
            mine += gone
        _begin(ends[actor.site.pk], actor, epoch, mine, reason=reason.strip(), at=at)
    _keep_numbers_of(gone)
    Rollback.objects.filter(pk=held.pk).update(lost=as_rows(lost), acknowledged_at=at, acknowledged_by=by)
    return lost


def _at_every_site(by: User) -> list[Actor]:
    """Return the person at each site, with their roles there, which may be none."""
    roles: dict[int, list[str]] = {}
    for membership in current_memberships(by.pk):
        roles.setdefault(membership.site_id, []).append(membership.role)
    return [
        Actor.at_site(user=by, site=site, roles=roles.get(site.pk, ()), request_id="begin_epoch")
        for site in Site.objects.order_by("pk")
    ]


def _begin(end: End, by: Actor, epoch: int, lost: list[Lost], *, reason: str, at: datetime) -> None:
    follows = {"epoch": end.epoch, "seq": end.seq, "hash": end.hash}
    looks = WaitingLook.objects.filter(site=by.site)
    begins = Note(
        by=by, action=Action.BEGIN_EPOCH, object_type="clinic.Site", object_id=str(by.site.pk),
        object_label=str(by.site)[:200], patient_id=None, occurred_at=at, reason=reason, before=None,
        after={"follows": follows, "lost": as_rows(lost)},
    )  # fmt: skip
    waited = [note_of(look) for look in looks.select_related("actor", "site").order_by("pk")]
    end.epoch = epoch
    write_notes({by.site.pk: end}, [begins, *waited])
    looks.delete()


def _keep_numbers_of(gone: list[Lost]) -> None:
    """See that no new site gets the number of one that is lost: its chain wouldn't be what was noted of that number."""
    if not gone:
        return
    with connection.cursor() as cursor:
        number = 0
        while number < max(each.site for each in gone):
            cursor.execute("SELECT nextval(pg_get_serial_sequence('clinic_site', 'id'))")
            number = cursor.fetchone()[0]
