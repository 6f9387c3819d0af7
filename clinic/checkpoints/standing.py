"""Whether checkpoints are written as they should be: the one rule for pages, commands and `/healthz`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.checkpoints.asking import in_short
from clinic.checkpoints.models import CheckpointPlace
from clinic.checkpoints.places import Bucket, Folder, Mailbox, Place, folders, on_one_disk, places
from clinic.kept import Kept
from clinic.outbox.models import Heartbeat

#: A checkpoint of the record trail is due every five minutes; three missing are an absence.
CHECKPOINT_S = 900.0
_LONGEST_WORD = 500

_TITLES: Mapping[type, Promise] = {
    Folder: _("The folder %(name)s takes no checkpoints"),
    Bucket: _("The bucket %(name)s takes no checkpoints"),
    Mailbox: _("No checkpoint can be sent to %(name)s"),
}
_WHAT_TO_DO: Mapping[type, Promise] = {
    Folder: _(
        "See whether the folder is there, whether its disk is full, and whether the clinic’s user may write to it."
    ),
    Bucket: _(
        "See whether CLINIC_CHECKPOINT_BUCKET and CLINIC_S3_ENDPOINT are right, whether its server answers, and "
        "whether the key in AWS_ACCESS_KEY_ID may write to it."
    ),
    Mailbox: _("See whether the mail server in CLINIC_SMTP_HOST answers, and whether it takes mail for this address."),
}


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """How long ago, in seconds, two places took the last checkpoint, None before the first; whether one is overdue."""

    age_s: float | None
    late: bool


def last_checkpoint() -> LastCheckpoint:
    """Return how the last checkpoint stands; one query.

    Before the first entry of the trail none is due. While the clinic is read only none may be written, so none is late:
    that it is read only is what there is to say. Nothing is late for longer than the clinic has been open, or has been
    written to again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT extract(epoch FROM clock_timestamp() - at)::float FROM clinic_heartbeat WHERE name = %s), "
            "(SELECT extract(epoch FROM clock_timestamp() - at)::float FROM clinic_heartbeat WHERE name = %s), "
            "(SELECT extract(epoch FROM clock_timestamp() - max(acknowledged_at))::float FROM clinic_rollback), "
            "EXISTS (SELECT FROM clinic_rollback WHERE acknowledged_at IS NULL), "
            "EXISTS (SELECT FROM clinic_checkpointplace)",
            [Heartbeat.Name.CHECKPOINT.value, Heartbeat.Name.START.value],
        )
        age, open_s, writable_s, read_only, tried = cursor.fetchone()
    missed = min(each for each in (age, open_s, writable_s, float("inf")) if each is not None)
    return LastCheckpoint(age, late=not read_only and (tried or age is not None) and missed > CHECKPOINT_S)


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """How a place of the settings stands; `takes` is whether it took the last checkpoint that there is."""

    place: Place
    took_at: datetime | None
    failing_since: datetime | None
    said: str
    takes: bool

    @property
    def title(self) -> str:
        """Say that it fails."""
        return str(_TITLES[type(self.place)]) % {"name": self.place.name}

    @property
    def what_to_do(self) -> str:
        """Say what somebody does about it."""
        return str(_WHAT_TO_DO[type(self.place)])


def place_standings() -> list[PlaceStanding]:
    """Return how each place of the settings stands, in their order; one query."""
    named = list(places())
    rows = CheckpointPlace.objects.in_bulk([place.name for place in named])
    latest = max((row.took_at for row in rows.values() if row.took_at is not None), default=None)
    return [_standing(place, rows.get(place.name), latest) for place in named]


def _standing(place: Place, row: CheckpointPlace | None, latest: datetime | None) -> PlaceStanding:
    if row is None:
        return PlaceStanding(place, None, None, "", takes=False)
    takes = (
        not row.said
        and row.took_at is not None
        and latest is not None
        and row.took_at >= latest - timedelta(seconds=CHECKPOINT_S)
    )
    return PlaceStanding(place, row.took_at, row.failing_since, row.said, takes=takes)


def all_on_one_disk(standings: list[PlaceStanding]) -> bool:
    """Whether one lost disk would take the data with every checkpoint.

    A place counts when it took the last one: a bucket that is only named keeps nothing. Before the first checkpoint,
    and while no place takes any, it goes by the folders that are named.
    """
    return on_one_disk([each.place for each in standings if each.takes] or folders())


def lasting_failures() -> list[str]:
    """Return the names of the places of the settings that need somebody; one query.

    They have taken no checkpoint for as long as makes one late, or never took one.
    """
    named = {place.name for place in places()}
    return [name for name in _LASTING.all() if name in named]


_LASTING = Kept(
    lambda: (
        CheckpointPlace.objects.filter(
            Q(took_at=None) | Q(failing_since__lt=Now() - timedelta(seconds=CHECKPOINT_S)), ~Q(said="")
        )
        .order_by("name")
        .values_list("name", flat=True)
    )
)


def note_outcomes(outcomes: Mapping[Place, Exception | None]) -> None:
    """Keep what came of putting a checkpoint into each place: None where it took it, else what it said."""
    # In one order, so that two programs which write one at the same moment don't wait for each other.
    said = sorted((place.name, _word(error)) for place, error in outcomes.items())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO clinic_checkpointplace AS kept (name, said, took_at, failing_since) "
            "SELECT name, said, CASE WHEN said = '' THEN clock_timestamp() END, "
            "CASE WHEN said <> '' THEN clock_timestamp() END FROM (VALUES (%s::text, %s::text)) AS told (name, said) "
            "ON CONFLICT (name) DO UPDATE SET said = EXCLUDED.said, "
            "took_at = coalesce(EXCLUDED.took_at, kept.took_at), failing_since = "
            "CASE WHEN EXCLUDED.said <> '' THEN coalesce(kept.failing_since, EXCLUDED.failing_since) END",
            said,
        )


def _word(error: Exception | None) -> str:
    return "" if error is None else in_short(error).replace("\x00", "")[:_LONGEST_WORD]
