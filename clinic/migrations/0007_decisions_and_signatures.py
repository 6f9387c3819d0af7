"""Certified signatures, passkeys, amendments, second signatures, exports of the trail."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0006_start_of_the_clinic"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="signature_certified_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="signature certified"),
        ),
        migrations.AddField(
            model_name="user",
            name="signs_by_passkey",
            field=models.BooleanField(default=False, verbose_name="signs by passkey"),
        ),
        migrations.AlterField(
            model_name="signature",
            name="meaning",
            field=models.CharField(choices=[("prepared", "prepared as recorded"), ("checked", "checked independently"), ("supervised", "supervised, being present"), ("witnessed", "witnessed"), ("performed", "performed as recorded"), ("assessed", "assessed the patient today"), ("cleared", "cleared as prescriber"), ("consented", "consents"), ("briefed", "briefed the patient"), ("read", "read and understood"), ("reviewed", "reviewed"), ("approved", "approved"), ("retired", "retired, for the reason given"), ("rejected", "rejected"), ("amended", "amended"), ("certified", "certified as binding"), ("overridden", "overrode, for the reason given")], max_length=20, verbose_name="meaning"),
        ),
        migrations.AlterField(
            model_name="signature",
            name="method",
            field=models.CharField(choices=[("password", "password"), ("passkey", "passkey"), ("drawn", "drawn by hand")], max_length=20, verbose_name="method"),
        ),
        migrations.AlterField(
            model_name="trailevent",
            name="action",
            field=models.CharField(choices=[("create", "Recorded"), ("change", "Changed"), ("read", "Opened"), ("sign", "Signed"), ("sign_refused", "Signature refused"), ("approve", "Approved"), ("retire", "Retired"), ("end", "Ended"), ("seal", "Sealed"), ("print", "Printed"), ("export", "Exported"), ("download", "Downloaded"), ("import", "Imported"), ("override", "Overridden"), ("switch_site", "Changed site"), ("sign_in", "Signed in"), ("begin_chain", "Chain begun")], max_length=20, verbose_name="action"),
        ),
        migrations.CreateModel(
            name="Certification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("printed_name", models.CharField(max_length=160, verbose_name="name as printed")),
                ("statement", models.TextField(verbose_name="statement")),
                ("statement_sha256", models.CharField(max_length=64, verbose_name="hash of the statement")),
                ("certified_at", models.DateTimeField(verbose_name="certified")),
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="certification", to=settings.AUTH_USER_MODEL, verbose_name="account")),
            ],
            options={
                "verbose_name": "certification of a signature",
            },
        ),
        migrations.CreateModel(
            name="CoSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_type", models.CharField(max_length=100, verbose_name="record")),
                ("subject_id", models.CharField(max_length=64, verbose_name="record number")),
                ("meaning", models.CharField(max_length=20, verbose_name="meaning")),
                ("signed_at", models.DateTimeField(verbose_name="signed")),
                ("at_screen_of", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="at the screen of")),
                ("document", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.sealeddocument", verbose_name="document with it")),
                ("signature", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature")),
                ("signed_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="signed by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
            ],
            options={
                "verbose_name": "second signature",
                "ordering": ["signed_at"],
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("credential_id", models.CharField(max_length=700, unique=True, verbose_name="credential")),
                ("credential", models.BinaryField(verbose_name="public key")),
                ("sign_count", models.BigIntegerField(default=0, verbose_name="signatures counted")),
                ("added_at", models.DateTimeField(verbose_name="added")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="removed")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="passkeys", to=settings.AUTH_USER_MODEL, verbose_name="account")),
            ],
            options={
                "verbose_name": "passkey",
                "ordering": ["added_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_type", models.CharField(max_length=100, verbose_name="record")),
                ("subject_id", models.CharField(max_length=64, verbose_name="record number")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("entry", models.CharField(blank=True, max_length=200, verbose_name="entry")),
                ("as_signed", models.TextField(blank=True, verbose_name="as signed")),
                ("correct", models.CharField(max_length=500, verbose_name="what is right")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("amended_at", models.DateTimeField(verbose_name="amended")),
                ("amended_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="amended by")),
                ("document", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.sealeddocument", verbose_name="document as amended")),
                ("original", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="amendments", to="clinic.sealeddocument", verbose_name="original document")),
                ("signature", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
            ],
            options={
                "verbose_name": "amendment",
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("subject_type", "subject_id", "number"), name="amendment_number_once"), models.CheckConstraint(condition=models.Q(("number__gte", 2)), name="amendment_comes_after_the_original"), models.CheckConstraint(condition=models.Q(models.Q(("reason", ""), _negated=True), models.Q(("correct", ""), _negated=True)), name="amendment_says_what_and_why")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="amendment",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="8d810c5b3dc5134397eb6b6dc22817572dc66e16", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_cee80", table="clinic_amendment", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="amendment",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="9354cd73f6588e4fc03ecc437455a1132412e4b3", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_81e6a", table="clinic_amendment", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certification",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="8cecc55ac84b8e9ff8633b606742e7089c084b15", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_dd3ad", table="clinic_certification", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certification",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="a09ca5fed384e8584bd639ced6f715919083c459", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_6551d", table="clinic_certification", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="cosignature",
            constraint=models.UniqueConstraint(fields=("subject_type", "subject_id", "meaning", "signed_by"), name="co_signature_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cosignature",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="552ac67ca147713fc6b63f0450d26bba3398058a", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_86f6b", table="clinic_cosignature", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cosignature",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="9ffb67a2b1b38e43cf292cb96c1911662192e682", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_b752d", table="clinic_cosignature", when="BEFORE")),
        ),
        migrations.AddIndex(
            model_name="passkey",
            index=models.Index(condition=models.Q(("removed_at", None)), fields=["user"], name="passkey_standing"),
        ),
        migrations.AddConstraint(
            model_name="passkey",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="passkey_has_a_name"),
        ),
    ]
