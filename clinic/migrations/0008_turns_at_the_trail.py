"""Tables without columns or rows, at which those who write at REPEATABLE READ wait for one another."""

from django.db import migrations

#: Whoever locks the first locks them all (`clinic.trail.turns`).
TURNS = 8
MAKE = "CREATE TABLE clinic_trailturn (); " + "".join(
    f"CREATE TABLE clinic_trailturn_{number} () INHERITS (clinic_trailturn); " for number in range(TURNS)
)


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0007_decisions_and_signatures"),
    ]

    operations = [
        migrations.RunSQL(MAKE, "DROP TABLE clinic_trailturn CASCADE"),
    ]
