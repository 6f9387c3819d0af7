"""A trail, and an older backup put back over it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.checkpoints.services import begin_epoch
from clinic.trail.models import Action, TrailEvent
from clinic.trail.unit import record, unit_of_work
from tests.factories import make_actor

BEFORE = datetime(2026, 11, 2, 9, 25, 5, tzinfo=UTC)
AT = datetime(2026, 11, 2, 9, 30, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 9, 35, 5, tzinfo=UTC)


@unit_of_work
def written(*, by: Actor, reason: str = "") -> None:
    record(by=by, action=Action.CHANGE, subject=by.site, reason=reason)


def trail_of(site: Site, entries: int = 4) -> Actor:
    by = make_actor(site, Role.MANAGER)
    for number in range(entries):
        written(by=by, reason=f"{number}")
    return by


def put_back(site: Site, *, keep: int) -> None:
    """Leave what a backup of the site's chain would hold that was made after entry `keep`."""
    last = TrailEvent.objects.filter(site=site, seq=keep).first()
    end = (last.epoch, keep, keep, last.hash) if last else (1, 0, 0, "0" * 64)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_trailevent WHERE site_id = %s AND seq > %s", [site.pk, keep])
        cursor.execute(
            "UPDATE clinic_chainhead SET epoch = %s, seq = %s, count = %s, hash = %s WHERE site_id = %s",
            [*end, site.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def name_bucket(settings: Any, folder: Path) -> None:
    """Name a bucket in the settings, beside the one folder `folder/a`; `folder/bucket` stands in for it."""
    settings.CHECKPOINT_FOLDERS = [str(folder / "a")]
    settings.CHECKPOINT_BUCKET = "trail"
    bucket = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder / "bucket"}}
    settings.STORAGES = {**settings.STORAGES, "checkpoints": bucket}


def begin(by: Actor, *, reason: str = "The disk failed.") -> Any:
    return begin_epoch(by=by.user, reason=reason, at=LATER)
