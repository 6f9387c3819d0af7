"""Nothing to do: where this app's numbers go on after the one migration of “clinic” that replaces those before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("protocols", "0008_versions_move_as_told")]
