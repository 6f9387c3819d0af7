"""A plan that ended because treatment was stopped, and why there is another."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("treatment_sessions", "0004_sessions_handed_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="treatmentplan",
            name="again_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="why treatment begins again"),
        ),
        migrations.AddField(
            model_name="treatmentplan",
            name="ended_for_good",
            field=models.BooleanField(default=False, verbose_name="treatment was stopped"),
        ),
    ]
