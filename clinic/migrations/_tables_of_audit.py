"""The tables of “audit”, as its migrations made them: for a database that has none."""

from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion
import pgtrigger.compiler
import uuid

TABLES = [
    migrations.CreateModel(
        name="DeviationDecision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
            ("verdict", models.CharField(choices=[("explained", "Explained; nothing to do"), ("talked", "Talked through with the preparer"), ("retrain", "Training again"), ("investigate", "Investigate further")], max_length=12, verbose_name="decision")),
            ("text", models.CharField(max_length=500, verbose_name="explanation")),
            ("decided_at", models.DateTimeField(verbose_name="decided")),
            ("decided_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="decided by")),
            ("deviation", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="treatment_sessions.deviation", verbose_name="deviation")),
            ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
        ],
        options={
            "verbose_name": "decision on a deviation",
            "ordering": ["-decided_at", "-id"],
            "constraints": [models.CheckConstraint(condition=models.Q(("verdict__in", ["explained", "talked", "retrain", "investigate"])), name="deviation_decision_known")],
            "triggers": [pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="8294ed00abf14682e4bd56b38534b75b4d947842", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_b2701", table="audit_deviationdecision", when="BEFORE")), pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="efb2b63065a39fcbd9262d0979c77e8c623c93e9", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_fc084", table="audit_deviationdecision", when="BEFORE")), pgtrigger.compiler.Trigger(name="of_an_open_week", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM public.treatment_sessions_deviation deviation JOIN public.treatment_sessions_preparation preparation ON preparation.id = deviation.preparation_id JOIN public.clinic_site site ON site.id = preparation.site_id JOIN public.audit_weekreview review ON review.site_id = site.id AND review.iso_year = extract(isoyear FROM preparation.finished_at AT TIME ZONE site.time_zone) AND review.iso_week = extract(week FROM preparation.finished_at AT TIME ZONE site.time_zone) WHERE deviation.id = NEW.deviation_id) THEN RAISE EXCEPTION 'baseline: the week of this deviation is signed' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="698e9c066971f3278036a0bdca776de772f4584d", operation="INSERT", pgid="pgtrigger_of_an_open_week_d1fe1", table="audit_deviationdecision", when="BEFORE"))],
        },
    ),
    migrations.CreateModel(
        name="PhotoAudit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
            ("due_on", models.DateField(verbose_name="due")),
            ("opened_at", models.DateTimeField(verbose_name="opened")),
            ("status", models.CharField(choices=[("open", "Open"), ("signed", "Signed")], default="open", max_length=8, verbose_name="status")),
            ("decision", models.CharField(blank=True, choices=[("continue", "Continue with maintenance"), ("change", "Change the plan"), ("stop", "Stop treatment"), ("refer", "Refer for surgical assessment")], max_length=10, verbose_name="decision")),
            ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
            ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="signed")),
            ("baseline", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="photo_audit", to="patients.photoset", verbose_name="baseline photographs")),
            ("month_6", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.photoset", verbose_name="month-6 photographs")),
            ("opened_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="opened by")),
            ("patient", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="photo_audits", to="patients.patient", verbose_name="patient")),
            ("signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature")),
            ("signed_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="signed by")),
            ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
        ],
        options={
            "verbose_name": "month-6 photo audit",
            "ordering": ["due_on", "id"],
            "indexes": [models.Index(fields=["site", "status", "due_on", "id"], name="photo_audit_due"), models.Index(fields=["patient", "-id"], name="photo_audit_patient")],
            "constraints": [models.CheckConstraint(condition=models.Q(("status__in", ["open", "signed"])), name="photo_audit_status_known"), models.CheckConstraint(condition=models.Q(("decision__in", ["", "continue", "change", "stop", "refer"])), name="photo_audit_decision_known"), models.CheckConstraint(condition=models.Q(models.Q(("signed_at__isnull", True), ("signed_by__isnull", True)), models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)), _connector="OR"), name="photo_audit_signed_at_by"), models.CheckConstraint(condition=models.Q(models.Q(("signature__isnull", False), ("signed_at__isnull", False), ("status", "signed"), models.Q(("decision", ""), _negated=True)), models.Q(("signature", None), ("signed_at", None), ("status", "open")), _connector="OR"), name="photo_audit_signed_is_complete")],
            "triggers": [pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'signed' THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="7b4c6d0059df34a1e2b06b319041065a0d11e902", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_be451", table="audit_photoaudit", when="BEFORE")), pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="b4c01576a878f98e669f85e28745a8fa0fb457b9", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_086cb", table="audit_photoaudit", when="BEFORE"))],
        },
    ),
    migrations.CreateModel(
        name="ViewGrade",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("view_code", models.CharField(max_length=24, verbose_name="view")),
            ("view_name", models.CharField(max_length=60, verbose_name="view name")),
            ("grade", models.SmallIntegerField(blank=True, null=True, verbose_name="grade")),
            ("not_assessable", models.CharField(blank=True, max_length=300, verbose_name="why it can't be assessed")),
            ("graded_at", models.DateTimeField(verbose_name="graded")),
            ("after", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.photo", verbose_name="month-6 photograph")),
            ("audit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="grades", to="audit.photoaudit", verbose_name="audit")),
            ("before", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.photo", verbose_name="baseline photograph")),
            ("graded_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="graded by")),
        ],
        options={
            "verbose_name": "grade",
            "ordering": ["id"],
            "constraints": [models.UniqueConstraint(fields=("audit", "view_code"), name="view_grade_once"), models.CheckConstraint(condition=models.Q(("grade__isnull", True), ("grade__range", (-3, 3)), _connector="OR"), name="view_grade_scale"), models.CheckConstraint(condition=models.Q(models.Q(("grade", None), models.Q(("not_assessable", ""), _negated=True)), models.Q(("after__isnull", False), ("before__isnull", False), ("grade__isnull", False), ("not_assessable", "")), _connector="OR"), name="view_grade_or_why_not")],
            "triggers": [pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM audit_photoaudit parent WHERE parent.id = OLD.audit_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM audit_photoaudit parent WHERE parent.id = OLD.audit_id AND (parent.status = 'signed')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM audit_photoaudit parent WHERE parent.id = NEW.audit_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM audit_photoaudit parent WHERE parent.id = NEW.audit_id AND (parent.status = 'signed')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="332f8510e35a034c4f002b5693ce59880f40651d", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_22ad9", table="audit_viewgrade", when="BEFORE")), pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="7738bcb25ae5108a360e88d35c51499b5082aaea", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_fb6b5", table="audit_viewgrade", when="BEFORE"))],
        },
    ),
    migrations.CreateModel(
        name="WeekReview",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
            ("iso_year", models.PositiveSmallIntegerField(verbose_name="year")),
            ("iso_week", models.PositiveSmallIntegerField(verbose_name="week")),
            ("figures", models.JSONField(verbose_name="figures as signed")),
            ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
            ("signed_at", models.DateTimeField(verbose_name="signed")),
            ("signature", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="signature")),
            ("signed_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="signed by")),
            ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="week_reviews", to="clinic.site", verbose_name="site")),
        ],
        options={
            "verbose_name": "weekly audit",
            "ordering": ["-iso_year", "-iso_week"],
            "constraints": [models.UniqueConstraint(fields=("site", "iso_year", "iso_week"), name="week_review_once"), models.CheckConstraint(condition=models.Q(("iso_week__isnull", True), ("iso_week__range", (1, 53)), _connector="OR"), name="week_review_week"), models.CheckConstraint(condition=models.Q(("iso_year__isnull", True), ("iso_year__range", (2000, 2200)), _connector="OR"), name="week_review_year")],
            "triggers": [pgtrigger.compiler.Trigger(name="frozen", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: rows of % are records and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="c3230cc7384541c521cc11492bf209715bd55c19", operation="UPDATE OR DELETE", pgid="pgtrigger_frozen_7c379", table="audit_weekreview", when="BEFORE")), pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="ac5adec5ddab04e1bc72e8b10f9962f5e2b65703", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_e460a", table="audit_weekreview", when="BEFORE"))],
        },
    ),
]
