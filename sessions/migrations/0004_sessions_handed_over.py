"""Who performed the first part of a session that was handed over stays on record."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("treatment_sessions", "0003_several_rows_in_a_zone"),
    ]

    operations = [
        migrations.AddField(
            model_name="treatmentsession",
            name="handed_over",
            field=models.JSONField(blank=True, default=list, verbose_name="handed over"),
        ),
    ]
