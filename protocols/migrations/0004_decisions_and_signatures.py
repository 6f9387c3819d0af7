"""Jurisdiction tables, risk, consents in several languages, opening a site, a fuller treatment protocol, days to come."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0001_initial"),
        ("protocols", "0003_documented_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnaesthesiaChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("way", models.CharField(choices=[("none", "None, or cold"), ("topical", "Topical"), ("infiltration", "Infiltration"), ("block", "Nerve or ring block")], max_length=12, verbose_name="how it is given")),
                ("agent", models.CharField(max_length=120, verbose_name="agent and strength")),
                ("most_tenth_mg_per_kg", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="most, in tenths of mg/kg")),
                ("most_mg", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="most in mg")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ],
            options={
                "verbose_name": "choice of anaesthesia",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="JurisdictionEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("ingredient_name", models.CharField(max_length=124, verbose_name="substance")),
                ("legal_status", models.CharField(choices=[("allowed", "Allowed"), ("off_label", "Off-label"), ("prescriber_only", "Prescriber only"), ("not_allowed", "Not allowed")], max_length=16, verbose_name="legal status")),
                ("source", models.CharField(max_length=300, verbose_name="where it was looked up")),
                ("checked_on", models.DateField(verbose_name="looked up on")),
                ("consent_line", models.CharField(blank=True, max_length=300, verbose_name="what the patient reads")),
            ],
            options={
                "verbose_name": "entry of a jurisdiction table",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="JurisdictionTableVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("reconsent", models.BooleanField(blank=True, null=True, verbose_name="patients consent anew")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("effective_from", models.DateField(blank=True, null=True, verbose_name="in force from")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("jurisdiction", models.CharField(blank=True, max_length=120, verbose_name="country or region")),
                ("method", models.TextField(max_length=2000, verbose_name="how an entry is looked up")),
            ],
            options={
                "verbose_name": "jurisdiction table version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="ReadReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("signed_at", models.DateTimeField(verbose_name="signed")),
            ],
            options={
                "verbose_name": "receipt of a change",
                "ordering": ["signed_at"],
            },
        ),
        migrations.CreateModel(
            name="RiskChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("document", models.CharField(blank=True, max_length=40, verbose_name="document")),
                ("version_id", models.BigIntegerField(verbose_name="version")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("reconsent", models.BooleanField(verbose_name="patients consent anew")),
                ("approved_at", models.DateTimeField(verbose_name="approved")),
            ],
            options={
                "verbose_name": "change that bears on risk",
                "ordering": ["-approved_at"],
            },
        ),
        migrations.CreateModel(
            name="SetUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("arrangement", models.CharField(choices=[("photo_station", "Photo station"), ("fridge", "Fridge"), ("operator", "Trained operator")], max_length=16, verbose_name="kind")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("details", models.TextField(max_length=2000, verbose_name="details")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="holds until")),
                ("checked_at", models.DateTimeField(verbose_name="checked")),
            ],
            options={
                "verbose_name": "arrangement of a site",
                "ordering": ["arrangement", "name", "id"],
            },
        ),
        migrations.CreateModel(
            name="SetUpEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("ended_at", models.DateTimeField(verbose_name="ended")),
            ],
            options={
                "verbose_name": "end of an arrangement",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="aftercareleafletversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="auditrulesversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="checklistversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="combinedprotocolversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="complicationresponseversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="consentscriptversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="formulationversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="photoprotocolversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="prpprotocolversion",
            name="held_in_review",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="treatmentprotocolversion",
            name="held_in_review",
        ),
        migrations.RemoveConstraint(
            model_name="consentscriptversion",
            name="consent_script_one_active",
        ),
        migrations.RemoveConstraint(
            model_name="consentscriptversion",
            name="consent_script_number_once",
        ),
        migrations.AddField(
            model_name="aftercareleafletversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="aftercareleafletversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="auditrulesversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="auditrulesversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="checklistversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="checklistversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="combinedprotocolversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="combinedprotocolversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="complicationresponseversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="complicationresponseversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="consentscriptversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="consentscriptversion",
            name="language",
            field=models.CharField(choices=[("en", "English"), ("ar", "العربيّة"), ("bg", "български"), ("cs", "česky"), ("da", "dansk"), ("de", "Deutsch"), ("el", "Ελληνικά"), ("es", "español"), ("fa", "فارسی"), ("fi", "suomi"), ("fr", "français"), ("he", "עברית"), ("hi", "हिंदी"), ("hr", "Hrvatski"), ("hu", "Magyar"), ("it", "italiano"), ("ja", "日本語"), ("ko", "한국어"), ("nb", "norsk (bokmål)"), ("nl", "Nederlands"), ("pl", "polski"), ("pt", "Português"), ("ro", "Română"), ("ru", "Русский"), ("sk", "slovensky"), ("sl", "Slovenščina"), ("sr", "српски"), ("sv", "svenska"), ("th", "ภาษาไทย"), ("tr", "Türkçe"), ("uk", "Українська"), ("vi", "Tiếng Việt")], default="en", max_length=8, verbose_name="language"),
        ),
        migrations.AddField(
            model_name="consentscriptversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="formulationversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="formulationversion",
            name="legal_notes",
            field=models.JSONField(blank=True, default=list, verbose_name="restricted ingredients"),
        ),
        migrations.AddField(
            model_name="formulationversion",
            name="legal_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="reason for using them"),
        ),
        migrations.AddField(
            model_name="formulationversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="photoprotocolversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="photoprotocolversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="prpprotocolversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="prpprotocolversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="anaesthesia_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="anaesthesia, min"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="briefing_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="briefing, min"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="depth_tenth_mm",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="depth in tenths of a mm"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="effective_from",
            field=models.DateField(blank=True, null=True, verbose_name="in force from"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="injection_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="injection at most, min"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="late_response",
            field=models.TextField(blank=True, max_length=1000, verbose_name="response to late visits"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="preparation_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="preparation and consent, min"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="reconsent",
            field=models.BooleanField(blank=True, null=True, verbose_name="patients consent anew"),
        ),
        migrations.AddField(
            model_name="treatmentprotocolversion",
            name="zones",
            field=models.TextField(blank=True, max_length=1000, verbose_name="zones, one a line"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="0de3eda00a4c031d430f8c749d4bd8c03ece674c", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_05857", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="fb3ee957a293d75105e446218834264c6a73b89b", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_fabde", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checklistversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="99bbaeb6fc350081418d24ce4193948952b5b250", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_f6b15", table="protocols_checklistversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="ec36ff4a60403edd51033cdc120ffd9e76b6698c", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_4367c", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="b6032fbb57af1bdd62b081fd57d95f6ccc1a982f", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_93cd8", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentscriptversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="2283f23c2616dc75a406d112c3d0c11aff4e98df", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_4fab0", table="protocols_consentscriptversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="formulationversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="f86039123c140ee3d812ea22cb9250ac70c8e505", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_d3895", table="protocols_formulationversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photoprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="1d4c72843e8c80d477d5596d3d8b3fa80db2ffb7", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_cce58", table="protocols_photoprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="1d5e512c855154154d59bc59d18cf21f2fd49e2f", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_59967", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="0a6e5758179bd921ef875cbcd76f6955c4942b26", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_c215a", table="protocols_treatmentprotocolversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="aftercare_leaflet_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="aftercare_leaflet_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="audit_rules_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="audit_rules_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="checklistversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="checklist_version_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="checklistversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="checklist_version_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="combined_protocol_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="combined_protocol_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="complication_response_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="complication_response_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="consentscriptversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="consent_script_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="consentscriptversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="consent_script_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="consentscriptversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site", "language"), name="consent_script_one_active"),
        ),
        migrations.AddConstraint(
            model_name="consentscriptversion",
            constraint=models.UniqueConstraint(fields=("site", "language", "number"), name="consent_script_number_once"),
        ),
        migrations.AddConstraint(
            model_name="consentscriptversion",
            constraint=models.CheckConstraint(condition=models.Q(("language__in", ["en", "ar", "bg", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi"])), name="consent_script_language_known"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="formulation_version_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="formulation_version_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(("legal_notes", []), models.Q(("legal_reason", ""), _negated=True), _connector="OR"), name="formulation_version_restricted_says_why"),
        ),
        migrations.AddConstraint(
            model_name="photoprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="photo_protocol_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="photoprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="photo_protocol_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="prp_protocol_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="prp_protocol_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="treatment_protocol_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="treatment_protocol_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("depth_tenth_mm__isnull", True), ("depth_tenth_mm__range", (5, 60)), _connector="OR"), name="treatment_protocol_depth"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("preparation_minutes__isnull", True), ("preparation_minutes__range", (1, 60)), _connector="OR"), name="treatment_protocol_preparation"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("anaesthesia_minutes__isnull", True), ("anaesthesia_minutes__range", (0, 120)), _connector="OR"), name="treatment_protocol_anaesthesia_time"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("injection_minutes__isnull", True), ("injection_minutes__range", (1, 120)), _connector="OR"), name="treatment_protocol_injection"),
        ),
        migrations.AddConstraint(
            model_name="treatmentprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("briefing_minutes__isnull", True), ("briefing_minutes__range", (1, 60)), _connector="OR"), name="treatment_protocol_briefing"),
        ),
        migrations.AddField(
            model_name="anaesthesiachoice",
            name="version",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="anaesthesia_choices", to="protocols.treatmentprotocolversion", verbose_name="version"),
        ),
        migrations.AddField(
            model_name="jurisdictionentry",
            name="ingredient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="jurisdiction_entries", to="protocols.ingredient", verbose_name="ingredient"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="approval_signature",
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="approved_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="author",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="retired_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="retirement_signature",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="sent_back_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site"),
        ),
        migrations.AddField(
            model_name="jurisdictiontableversion",
            name="submitted_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by"),
        ),
        migrations.AddField(
            model_name="jurisdictionentry",
            name="version",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="protocols.jurisdictiontableversion", verbose_name="version"),
        ),
        migrations.AddField(
            model_name="readreceipt",
            name="signature",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature"),
        ),
        migrations.AddField(
            model_name="readreceipt",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"),
        ),
        migrations.AddField(
            model_name="riskchange",
            name="approved_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by"),
        ),
        migrations.AddField(
            model_name="riskchange",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site"),
        ),
        migrations.AddField(
            model_name="readreceipt",
            name="change",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="protocols.riskchange", verbose_name="change"),
        ),
        migrations.AddField(
            model_name="setup",
            name="checked_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="checked by"),
        ),
        migrations.AddField(
            model_name="setup",
            name="person",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="person"),
        ),
        migrations.AddField(
            model_name="setup",
            name="signature",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature"),
        ),
        migrations.AddField(
            model_name="setup",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site"),
        ),
        migrations.AddField(
            model_name="setupend",
            name="ended_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="ended by"),
        ),
        migrations.AddField(
            model_name="setupend",
            name="set_up",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="end", to="protocols.setup", verbose_name="arrangement"),
        ),
        migrations.AddConstraint(
            model_name="anaesthesiachoice",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="anaesthesia_choice_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="anaesthesiachoice",
            constraint=models.CheckConstraint(condition=models.Q(("way__in", ["none", "topical", "infiltration", "block"])), name="anaesthesia_choice_way_known"),
        ),
        migrations.AddConstraint(
            model_name="anaesthesiachoice",
            constraint=models.CheckConstraint(condition=models.Q(("most_tenth_mg_per_kg__isnull", True), ("most_tenth_mg_per_kg__range", (1, 200)), _connector="OR"), name="anaesthesia_choice_by_weight"),
        ),
        migrations.AddConstraint(
            model_name="anaesthesiachoice",
            constraint=models.CheckConstraint(condition=models.Q(("most_mg__isnull", True), ("most_mg__range", (1, 2000)), _connector="OR"), name="anaesthesia_choice_in_all"),
        ),
        migrations.AddConstraint(
            model_name="anaesthesiachoice",
            constraint=models.CheckConstraint(condition=models.Q(("way__in", ["none", "topical"]), models.Q(("most_mg__isnull", False), ("most_tenth_mg_per_kg__isnull", False)), _connector="OR"), name="anaesthesia_choice_injected_has_a_ceiling"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="anaesthesiachoice",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_treatmentprotocolversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_treatmentprotocolversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_treatmentprotocolversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_treatmentprotocolversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="5431705de5afc7058b12de7a32c668aaf8791fa8", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_a4e58", table="protocols_anaesthesiachoice", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="anaesthesiachoice",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="d8bdeeadff94336f6e11c8fe72c6a136e4e0fc7f", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_59ac4", table="protocols_anaesthesiachoice", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="jurisdiction_table_status_known"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("reconsent", True), _negated=True), ("risk_relevant", True), _connector="OR"), name="jurisdiction_table_reconsent_bears_on_risk"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="jurisdiction_table_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="jurisdiction_table_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="jurisdiction_table_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(("effective_from", None), ("approval_signature__isnull", False), _connector="OR"), name="jurisdiction_table_day_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="jurisdiction_table_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="jurisdiction_table_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="jurisdiction_table_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="jurisdiction_table_second_person"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="jurisdiction_table_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site",), name="jurisdiction_table_one_active"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictiontableversion",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="jurisdiction_table_number_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictiontableversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="fccb65c4da1192e84032f5f3f8b75ec0c2377b7a", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_0933d", table="protocols_jurisdictiontableversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictiontableversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="d060c469558e29b36cc9be1d9a1e075e3e3e24f1", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_7fb23", table="protocols_jurisdictiontableversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictiontableversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'legal_notes', 'legal_reason', 'effective_from', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="8e136ab4b4832a71a6194621172fed63c3a30af5", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_a80b5", table="protocols_jurisdictiontableversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictiontableversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="166b5b082e3ff77ab7d4dc561b09bebc3bb93f6e", operation="UPDATE", pgid="pgtrigger_moves_86ded", table="protocols_jurisdictiontableversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictiontableversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="e7d3ca9fc5f77d8f1cb29959e264e69a0924eafa", operation="INSERT", pgid="pgtrigger_begins_as_draft_109c0", table="protocols_jurisdictiontableversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="jurisdictionentry",
            constraint=models.UniqueConstraint(fields=("version", "ingredient"), name="jurisdiction_entry_ingredient_once"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictionentry",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="jurisdiction_entry_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictionentry",
            constraint=models.CheckConstraint(condition=models.Q(("legal_status__in", ["allowed", "off_label", "prescriber_only", "not_allowed"])), name="jurisdiction_entry_status_known"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictionentry",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("legal_status__in", ("off_label", "prescriber_only")), _negated=True), models.Q(("consent_line", ""), _negated=True), _connector="OR"), name="jurisdiction_entry_tells_the_patient"),
        ),
        migrations.AddConstraint(
            model_name="jurisdictionentry",
            constraint=models.CheckConstraint(condition=models.Q(("source", ""), _negated=True), name="jurisdiction_entry_has_a_source"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictionentry",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_jurisdictiontableversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_jurisdictiontableversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_jurisdictiontableversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_jurisdictiontableversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="56f3054cdaa64187fbe37ff6a2f5f281f80883a4", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_02f20", table="protocols_jurisdictionentry", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="jurisdictionentry",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="85e27c2ed6e82e854d5050c80e57cee8a9806fb0", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_0cdc7", table="protocols_jurisdictionentry", when="BEFORE")),
        ),
        migrations.AddIndex(
            model_name="riskchange",
            index=models.Index(fields=["site", "kind", "document", "-approved_at"], name="risk_change_latest"),
        ),
        migrations.AddConstraint(
            model_name="riskchange",
            constraint=models.UniqueConstraint(fields=("kind", "version_id"), name="risk_change_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="riskchange",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="d779a3ceb0cb5ed57e0f75bf410e11d1dafaff2a", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_d2543", table="protocols_riskchange", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="riskchange",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="14682303bd544fe3ca97ea89e2102fc56fa93c66", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_0a525", table="protocols_riskchange", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="readreceipt",
            constraint=models.UniqueConstraint(fields=("change", "user"), name="read_receipt_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="readreceipt",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="ea1057ed78f5c72be5a9b78888ca513ff804eb0d", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_57db9", table="protocols_readreceipt", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="readreceipt",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="ffc423938eaa33fb5bc00349b6fbb386fc93a0eb", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_ea4c9", table="protocols_readreceipt", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.CheckConstraint(condition=models.Q(("arrangement__in", ["photo_station", "fridge", "operator"])), name="set_up_arrangement_known"),
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("arrangement", "operator"), ("person__isnull", False)), models.Q(models.Q(("arrangement", "operator"), _negated=True), ("person", None)), _connector="OR"), name="set_up_names_the_operator"),
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("details", ""), _negated=True)), name="set_up_says_what"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="setup",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="1ee5b332d2b3b65b899ab2079749adb11c71267b", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_e2977", table="protocols_setup", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="setup",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="385b275d69fbeace105570b815bc8f77aac0561d", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_eb376", table="protocols_setup", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="setupend",
            trigger=pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="cb66f79eb1d42a56ed4872b7c53a274ac931ff5a", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_fbad4", table="protocols_setupend", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="setupend",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="f1836b6ff3f68f60bc87b9ae402a355ec8991ee9", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_d442d", table="protocols_setupend", when="BEFORE")),
        ),
    ]
