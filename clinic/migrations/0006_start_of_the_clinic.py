"""The start of the clinic is a sign of life too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0005_checkpoint_heartbeat"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heartbeat",
            name="name",
            field=models.CharField(choices=[("worker", "worker"), ("beat", "beat"), ("checkpoint", "checkpoint of the record trail"), ("start", "start of the clinic")], max_length=40, primary_key=True, serialize=False, verbose_name="name"),
        ),
    ]
