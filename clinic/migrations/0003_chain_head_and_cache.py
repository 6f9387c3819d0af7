"""The one row that says where the record trail ends, and the table of the database cache."""

from typing import Any

from django.core.management import call_command
from django.db import migrations


def begin_chain(apps: Any, schema_editor: Any) -> None:
    apps.get_model("clinic", "ChainHead").objects.get_or_create(pk=1)


def make_cache_table(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_initial")]

    operations = [
        migrations.RunPython(begin_chain, migrations.RunPython.noop),
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
