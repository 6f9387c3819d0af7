import django.db.models.deletion
from django.db import migrations, models

#: Of names that are there already; the first forty words of a patient are paired, as for a new one, and the year of birth.
PAIR = """
WITH word AS (
    SELECT * FROM (
        SELECT patient_id, site_id, token, row_number() OVER (PARTITION BY patient_id ORDER BY id) AS place
        FROM patients_nametoken
    ) counted WHERE place <= 40
    UNION ALL
    SELECT id, site_id, coalesce(extract(year FROM birth_date)::text, left(birth_date_text, 4)), 0 FROM patients_patient
)
INSERT INTO patients_namepair (patient_id, site_id, token, beside)
SELECT DISTINCT one.patient_id, one.site_id, one.token, other.token
FROM word one JOIN word other USING (patient_id)
WHERE one.token <> other.token AND one.token <> '' AND other.token <> ''
"""


class Migration(migrations.Migration):
    """Keep the words of a name in twos as well, so that a search for two steps through one index, however common each."""

    dependencies = [
        ("clinic", "0017_co_signature_version"),
        ("patients", "0010_pages_of_paper"),
    ]

    operations = [
        migrations.CreateModel(
            name="NamePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(db_collation="C", max_length=60, verbose_name="word")),
                ("beside", models.CharField(db_collation="C", max_length=60, verbose_name="word beside it")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={"verbose_name": "two words of a name"},
        ),
        migrations.AddIndex(
            model_name="namepair",
            index=models.Index(fields=["site", "token", "beside", "patient"], name="name_pair_prefix"),
        ),
        migrations.AddConstraint(
            model_name="namepair",
            constraint=models.UniqueConstraint(fields=("patient", "token", "beside"), name="name_pair_once"),
        ),
        migrations.RemoveIndex(
            model_name="nametoken",
            name="name_token_prefix",
        ),
        migrations.RemoveField(
            model_name="nametoken",
            name="words",
        ),
        # Other indexes begin with the same columns.
        migrations.AlterField(
            model_name="nametoken",
            name="patient",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="name_tokens",
                to="patients.patient",
                verbose_name="patient",
            ),
        ),
        migrations.AlterField(
            model_name="nametoken",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.site",
                verbose_name="site",
            ),
        ),
        migrations.AddIndex(
            model_name="nametoken",
            index=models.Index(fields=["site", "token", "patient"], name="name_token_prefix"),
        ),
        migrations.RunSQL(PAIR, migrations.RunSQL.noop),
    ]
