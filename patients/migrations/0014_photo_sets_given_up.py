"""An open photo set can be given up: when, by whom and why; it locks then, and stops no other of its purpose."""


import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0021_accounts_and_memberships_last"),
        ("patients", "0013_numbers_go_on"),
        ("protocols", "0009_numbers_go_on"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="photo",
            name="parent_locked",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="photoset",
            name="locked",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="preparationtick",
            name="parent_locked",
        ),
        migrations.RemoveConstraint(
            model_name="photoset",
            name="photo_set_one_open",
        ),
        migrations.AddField(
            model_name="photoset",
            name="given_up_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="given up"),
        ),
        migrations.AddField(
            model_name="photoset",
            name="given_up_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="given up by"),
        ),
        migrations.AddField(
            model_name="photoset",
            name="given_up_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="reason for giving it up"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photo",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM patients_photoset parent WHERE parent.id = OLD.photo_set_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM patients_photoset parent WHERE parent.id = OLD.photo_set_id AND (parent.completed_at IS NOT NULL OR parent.given_up_at IS NOT NULL)) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM patients_photoset parent WHERE parent.id = NEW.photo_set_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM patients_photoset parent WHERE parent.id = NEW.photo_set_id AND (parent.completed_at IS NOT NULL OR parent.given_up_at IS NOT NULL)) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="38b17f49b30ee4411e0167af5bdcae939205e5fd", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_1ad95", table="patients_photo", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="photoset",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.completed_at IS NOT NULL OR OLD.given_up_at IS NOT NULL THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="84c32fd6b39551e37a5139147a144bf4906c02b2", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_e2548", table="patients_photoset", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="preparationtick",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM patients_photoset parent WHERE parent.id = OLD.photo_set_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM patients_photoset parent WHERE parent.id = OLD.photo_set_id AND (parent.completed_at IS NOT NULL OR parent.given_up_at IS NOT NULL)) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM patients_photoset parent WHERE parent.id = NEW.photo_set_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM patients_photoset parent WHERE parent.id = NEW.photo_set_id AND (parent.completed_at IS NOT NULL OR parent.given_up_at IS NOT NULL)) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="cabd39005f43bf73f2f23372ac79540faf5bd0f4", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_d117c", table="patients_preparationtick", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="photoset",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("given_up_at__isnull", True), ("given_up_by__isnull", True)), models.Q(("given_up_at__isnull", False), ("given_up_by__isnull", False)), _connector="OR"), name="photo_set_given_up_at_by"),
        ),
        migrations.AddConstraint(
            model_name="photoset",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("given_up_at", None), ("given_up_reason", "")), models.Q(("given_up_at__isnull", False), models.Q(("given_up_reason", ""), _negated=True)), _connector="OR"), name="photo_set_given_up_says_why"),
        ),
        migrations.AddConstraint(
            model_name="photoset",
            constraint=models.CheckConstraint(condition=models.Q(("completed_at", None), ("given_up_at", None), _connector="OR"), name="photo_set_one_end"),
        ),
        migrations.AddConstraint(
            model_name="photoset",
            constraint=models.UniqueConstraint(condition=models.Q(("completed_at", None), ("given_up_at", None)), fields=("patient", "purpose"), name="photo_set_one_open"),
        ),
    ]
