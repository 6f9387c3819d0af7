"""Nothing to do: where this app's numbers go on after the one migration of “clinic” that replaces those before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_decisions_of_open_weeks")]
