from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0017_co_signature_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckpointPlace",
            fields=[
                ("name", models.CharField(max_length=4096, primary_key=True, serialize=False, verbose_name="name")),
                ("took_at", models.DateTimeField(blank=True, null=True, verbose_name="last checkpoint")),
                ("failing_since", models.DateTimeField(blank=True, null=True, verbose_name="failing since")),
                ("said", models.CharField(blank=True, max_length=500, verbose_name="what it says")),
            ],
            options={
                "verbose_name": "place for checkpoints",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failing_since__isnull", True), ("said", "")),
                            models.Q(
                                ("failing_since__isnull", False),
                                models.Q(("said", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="checkpoint_place_fails_with_a_word",
                    )
                ],
            },
        ),
    ]
