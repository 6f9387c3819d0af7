"""Around a migration: it says what it is, and new tables get their rights, whichever command migrated."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from clinic.roles.naming import say
from clinic.roles.rights import grant
from clinic.roles.setting_up import Roles


def say_that_we_migrate(sender: Any, **kwargs: Any) -> None:
    """Let the record of the schema's changes tell our migrations from what others change."""
    if sender.label == "clinic":
        say("migrate", kwargs["using"])


def keep_rights(sender: Any, **kwargs: Any) -> None:
    """Give the application's role its rights, when the owner migrated."""
    if sender.label == "clinic":
        say("", kwargs["using"])
    if settings.AS_OWNER and sender.label == "clinic":
        grant(Roles.of_settings().application, kwargs["using"])


pre_migrate.connect(say_that_we_migrate, dispatch_uid="clinic.roles.naming")
post_migrate.connect(keep_rights, dispatch_uid="clinic.roles")


def works_as_owner() -> bool:
    """Whether the application's own role could alter the trail's table; one query."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class "
            "WHERE oid = 'clinic_trailevent'::regclass"
        )
        return bool(cursor.fetchone()[0])
