"""An index by which a photograph's file is found in the other sets of the site."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0014_photo_sets_given_up"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["sha256"], name="photo_sha256"),
        ),
    ]
