"""Nothing to do: where this app's numbers go on after the one migration of “clinic” that replaces those before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0009_papers_with_each_zone")]
