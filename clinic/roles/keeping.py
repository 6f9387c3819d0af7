"""Rights after a migration: new tables get theirs, whichever command migrated."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate

from clinic.roles.rights import grant
from clinic.roles.setting_up import Roles


def keep_rights(sender: Any, **kwargs: Any) -> None:
    """Give the application's role its rights, when the owner migrated."""
    if settings.AS_OWNER and sender.label == "clinic":
        grant(Roles.of_settings().application, kwargs["using"])


post_migrate.connect(keep_rights, dispatch_uid="clinic.roles")


def works_as_owner() -> bool:
    """Whether the application's own role could alter the trail's table; one query."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class "
            "WHERE oid = 'clinic_trailevent'::regclass"
        )
        return bool(cursor.fetchone()[0])
