from django.db import migrations, models

#: A second signature is of the version that its document says. The rows are facts, and their trigger lets nobody fill
#: in the new column: it rests while this does, in one transaction.
FILL = """
ALTER TABLE clinic_cosignature DISABLE TRIGGER USER;
UPDATE clinic_cosignature signed SET version = document.subject_version::smallint
FROM clinic_sealeddocument document
WHERE document.id = signed.document_id AND document.subject_version ~ '^[0-9]{1,4}$' AND document.subject_version <> '1';
ALTER TABLE clinic_cosignature ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_outbox_later"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="cosignature",
            name="co_signature_once",
        ),
        migrations.AddField(
            model_name="cosignature",
            name="version",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="version"),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="cosignature",
            constraint=models.UniqueConstraint(
                fields=("subject_type", "subject_id", "version", "meaning", "signed_by"), name="co_signature_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="cosignature",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="co_signature_of_some_version"
            ),
        ),
    ]
