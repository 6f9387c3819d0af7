from django.db import migrations, models

#: Names that are there already; one too long for an index stays without, and is looked up word by word.
GATHER = """
UPDATE patients_nametoken token SET words = gathered.words
FROM (
    SELECT patient_id, string_agg(' ' || token, '' ORDER BY token) AS words FROM patients_nametoken GROUP BY patient_id
) gathered
WHERE gathered.patient_id = token.patient_id AND octet_length(gathered.words) <= 1000
"""


class Migration(migrations.Migration):
    """Put beside each word of a name all of that patient's words, so that two are found by one look into the index."""

    dependencies = [
        ("clinic", "0015_quick_ratchet"),
        ("patients", "0008_filing_taken_back"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="nametoken",
            name="name_token_prefix",
        ),
        migrations.AddField(
            model_name="nametoken",
            name="words",
            field=models.CharField(blank=True, db_collation="C", max_length=1000, verbose_name="all words"),
        ),
        migrations.RunSQL(GATHER, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="nametoken",
            index=models.Index(fields=["site", "token", "patient"], include=("words",), name="name_token_prefix"),
        ),
    ]
