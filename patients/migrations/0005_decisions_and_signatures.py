"""What a consent says about restricted ingredients, and its strokes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0004_who_signs_a_consent"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="drawing_strokes",
            field=models.TextField(blank=True, default="", verbose_name="strokes"),
        ),
        migrations.AddField(
            model_name="consent",
            name="legal_lines",
            field=models.JSONField(blank=True, default=list, verbose_name="about restricted ingredients"),
        ),
    ]
