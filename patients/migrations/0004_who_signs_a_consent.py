"""Whoever signs for a patient says in which relation."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0003_clearance_about"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="relation",
            field=models.CharField(blank=True, default="", max_length=80, verbose_name="relation to the patient"),
        ),
    ]
