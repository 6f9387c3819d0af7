"""Nothing to do: where this app's numbers go on after the one migration of “clinic” that replaces those before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_names_as_in_passports")]
