"""Leaflets, complication responses, PRP, combined protocols and audit rules."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0001_initial"),
        ("protocols", "0002_drafts_saved_before_they_are_complete"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AftercareLeafletVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("language", models.CharField(choices=[("en", "English"), ("ar", "العربيّة"), ("bg", "български"), ("cs", "česky"), ("da", "dansk"), ("de", "Deutsch"), ("el", "Ελληνικά"), ("es", "español"), ("fa", "فارسی"), ("fi", "suomi"), ("fr", "français"), ("he", "עברית"), ("hi", "हिंदी"), ("hr", "Hrvatski"), ("hu", "Magyar"), ("it", "italiano"), ("ja", "日本語"), ("ko", "한국어"), ("nb", "norsk (bokmål)"), ("nl", "Nederlands"), ("pl", "polski"), ("pt", "Português"), ("ro", "Română"), ("ru", "Русский"), ("sk", "slovensky"), ("sl", "Slovenščina"), ("sr", "српски"), ("sv", "svenska"), ("th", "ภาษาไทย"), ("tr", "Türkçe"), ("uk", "Українська"), ("vi", "Tiếng Việt")], max_length=8, verbose_name="language")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("telephone", models.CharField(blank=True, max_length=120, verbose_name="telephone for questions")),
                ("approval_signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval")),
                ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
                ("retired_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by")),
                ("retirement_signature", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement")),
                ("sent_back_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
                ("submitted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by")),
            ],
            options={
                "verbose_name": "aftercare leaflet version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="AuditRulesVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("least_points", models.PositiveSmallIntegerField(default=10, verbose_name="fewest points for a judgement")),
                ("consistency", models.TextField(max_length=1500, verbose_name="what counts as consistent")),
                ("approval_signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval")),
                ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
                ("retired_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by")),
                ("retirement_signature", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement")),
                ("sent_back_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
                ("submitted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by")),
            ],
            options={
                "verbose_name": "audit rules version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="AuditLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("indicator", models.CharField(choices=[("deviating", "Preparations with a deviation"), ("mean_deviation", "Mean deviation of an ingredient, by preparer"), ("late_label", "Vials without a label, or labelled late"), ("beyond_use", "Vials used beyond their time"), ("fridge_readings", "Fridge readings that are missing"), ("checklist_first", "Checklists done before the first injection"), ("out_of_range", "Sessions with a volume or points out of range"), ("late_entries", "Entries made late"), ("unsigned", "Records left unsigned"), ("overrides", "Overrides"), ("photo_failures", "Photo sets that can't be compared"), ("contact_reached", "Patients reached at 48 hours"), ("adverse_events", "Adverse events"), ("balance_errors", "Vials that don't balance")], max_length=20, verbose_name="indicator")),
                ("side", models.CharField(choices=[("above", "above"), ("below", "below")], max_length=6, verbose_name="look when it is")),
                ("threshold", models.DecimalField(decimal_places=1, max_digits=6, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1000)], verbose_name="limit")),
                ("measure", models.CharField(choices=[("count", "in a week"), ("percent", "%"), ("hours", "hours")], max_length=8, verbose_name="of what")),
                ("chart", models.CharField(choices=[("run", "Run chart"), ("p", "p chart"), ("u", "u chart"), ("xmr", "XmR chart"), ("g", "g chart (cases between)"), ("t", "t chart (days between)"), ("none", "No chart")], max_length=6, verbose_name="chart")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="limits", to="protocols.auditrulesversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "limit of the audit",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="CombinedProtocolVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("begins_with", models.CharField(choices=[("prp", "PRP, then mesotherapy"), ("mesotherapy", "Mesotherapy, then PRP")], max_length=12, verbose_name="order")),
                ("gap_minutes", models.PositiveSmallIntegerField(verbose_name="gap between the two in minutes")),
                ("total_volume_max_ul", models.PositiveIntegerField(verbose_name="most volume of both together in µL")),
                ("cohort_code", models.CharField(max_length=12, verbose_name="cohort code")),
                ("rationale", models.TextField(max_length=1500, verbose_name="for whom, and why both")),
                ("approval_signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval")),
                ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
                ("retired_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by")),
                ("retirement_signature", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement")),
                ("sent_back_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
                ("submitted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by")),
            ],
            options={
                "verbose_name": "combined protocol version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="CombinedZone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("zone", models.CharField(max_length=60, verbose_name="zone")),
                ("receives", models.CharField(choices=[("prp", "PRP"), ("mesotherapy", "Mesotherapy"), ("both", "Both")], max_length=12, verbose_name="receives")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="zones", to="protocols.combinedprotocolversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "zone of a combined protocol",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="ComplicationResponseVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("complication", models.CharField(choices=[("vasovagal", "Vasovagal reaction"), ("anaphylaxis", "Anaphylaxis"), ("infection", "Infection"), ("local_reaction", "Persistent local reaction"), ("anaesthetic_toxicity", "Local-anaesthetic toxicity")], max_length=24, verbose_name="complication")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("recognise", models.TextField(max_length=1500, verbose_name="how it is recognised")),
                ("leader", models.CharField(max_length=120, verbose_name="who leads")),
                ("kit", models.TextField(blank=True, max_length=1500, verbose_name="kit, one item a line")),
                ("approval_signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval")),
                ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
                ("retired_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by")),
                ("retirement_signature", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement")),
                ("sent_back_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
                ("submitted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by")),
            ],
            options={
                "verbose_name": "complication response version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="LeafletParagraph",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("advice", models.CharField(choices=[("normal", "What is normal"), ("do_not", "Do not"), ("do", "Do"), ("call", "Call us today"), ("emergency", "Emergency"), ("later", "Later")], max_length=10, verbose_name="part")),
                ("text", models.CharField(max_length=500, verbose_name="text")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="paragraphs", to="protocols.aftercareleafletversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "paragraph of a leaflet",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="PrpProtocolVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submission_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="submission")),
                ("row_version", models.PositiveIntegerField(default=1, verbose_name="row version")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("status", models.CharField(choices=[("draft", "Draft"), ("in_review", "In review"), ("approved", "Approved"), ("retired", "Retired")], default="draft", max_length=12, verbose_name="status")),
                ("change_reason", models.CharField(max_length=500, verbose_name="reason for the change")),
                ("risk_relevant", models.BooleanField(default=False, verbose_name="risk-relevant change")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="sent to review")),
                ("sent_back_at", models.DateTimeField(blank=True, null=True, verbose_name="sent back")),
                ("sent_back_reason", models.CharField(blank=True, max_length=500, verbose_name="what to change")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                ("retire_reason", models.CharField(blank=True, max_length=500, null=True, verbose_name="reason for retiring")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("eligibility", models.TextField(max_length=1500, verbose_name="who may be treated")),
                ("kit", models.CharField(max_length=200, verbose_name="kit or tubes")),
                ("tubes", models.PositiveSmallIntegerField(verbose_name="tubes")),
                ("blood_ul_per_tube", models.PositiveIntegerField(verbose_name="blood in each tube in µL")),
                ("anticoagulant", models.CharField(max_length=80, verbose_name="anticoagulant")),
                ("anticoagulant_ul_per_tube", models.PositiveIntegerField(verbose_name="anticoagulant in each tube in µL")),
                ("rotor_radius_mm", models.PositiveSmallIntegerField(verbose_name="radius of the rotor in mm")),
                ("layer", models.CharField(max_length=200, verbose_name="layer that is taken")),
                ("activation", models.CharField(max_length=200, verbose_name="activation")),
                ("use_within_minutes", models.PositiveSmallIntegerField(verbose_name="from drawing to injecting, in minutes")),
                ("site_volume_min_ul", models.PositiveSmallIntegerField(verbose_name="least volume per site in µL")),
                ("site_volume_max_ul", models.PositiveSmallIntegerField(verbose_name="most volume per site in µL")),
                ("sessions", models.PositiveSmallIntegerField(verbose_name="sessions")),
                ("interval_days", models.PositiveSmallIntegerField(verbose_name="interval of sessions in days")),
                ("approval_signature", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="approval")),
                ("approved_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="approved by")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
                ("retired_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="retired by")),
                ("retirement_signature", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.signature", verbose_name="retirement")),
                ("sent_back_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent back by")),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site", verbose_name="site")),
                ("submitted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="sent by")),
            ],
            options={
                "verbose_name": "PRP protocol version",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="PrpSpin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("force_g", models.PositiveSmallIntegerField(verbose_name="force in g")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="time in minutes")),
                ("brake", models.BooleanField(default=False, verbose_name="with brake")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="what is taken on")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="spins", to="protocols.prpprotocolversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "spin",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="ResponseStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="order")),
                ("text", models.CharField(max_length=400, verbose_name="step")),
                ("timer_minutes", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="timer in minutes")),
                ("repeats", models.BooleanField(default=False, verbose_name="the timer starts again")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="protocols.complicationresponseversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "step of a response",
                "ordering": ["ordinal"],
            },
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="aftercare_leaflet_status_known"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="aftercare_leaflet_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="aftercare_leaflet_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="aftercare_leaflet_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="aftercare_leaflet_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="aftercare_leaflet_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="aftercare_leaflet_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="aftercare_leaflet_second_person"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="aftercare_leaflet_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site", "language"), name="aftercare_leaflet_one_active"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.UniqueConstraint(fields=("site", "language", "number"), name="aftercare_leaflet_number_once"),
        ),
        migrations.AddConstraint(
            model_name="aftercareleafletversion",
            constraint=models.CheckConstraint(condition=models.Q(("language__in", ["en", "ar", "bg", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi"])), name="aftercare_leaflet_language_known"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="00ee5441339a8ff6314871a4c8218c92bd61ad85", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_428d7", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="5e6be125b7c41a0e4fb4af6fa64f4f76e9cb95c8", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_0a715", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="11768fb1a4bec62424b13f5b4f72fa16285d5d6d", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_05857", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="57ddc410710ce6363d510df70d8f1c82cd410232", operation="UPDATE", pgid="pgtrigger_moves_84648", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="aftercareleafletversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="b8a2a2ad62a8e0ece8fcb3d03da8d81c9b6ad985", operation="INSERT", pgid="pgtrigger_begins_as_draft_d3f9c", table="protocols_aftercareleafletversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="audit_rules_status_known"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="audit_rules_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="audit_rules_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="audit_rules_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="audit_rules_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="audit_rules_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="audit_rules_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="audit_rules_second_person"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="audit_rules_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site",), name="audit_rules_one_active"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="audit_rules_number_once"),
        ),
        migrations.AddConstraint(
            model_name="auditrulesversion",
            constraint=models.CheckConstraint(condition=models.Q(("least_points__isnull", True), ("least_points__range", (5, 52)), _connector="OR"), name="audit_rules_least_points"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="12af88c06cc61e1a72ad767d60f75161fd78cbd9", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_5978d", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="e4a6014c1512a08b94581dab742df3fcbadb773f", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_aedc8", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="ceec6a332c5d9246f943b8f91afcf7058d4d2ba1", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_fabde", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="d1e19ef6730e21bed5fe6733f9a1f5fc37349211", operation="UPDATE", pgid="pgtrigger_moves_eb31c", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditrulesversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="20c9ab1a75872879c927cc95e8ded1f1056bec8c", operation="INSERT", pgid="pgtrigger_begins_as_draft_85898", table="protocols_auditrulesversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.UniqueConstraint(fields=("version", "indicator"), name="audit_limit_once"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="audit_limit_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.CheckConstraint(condition=models.Q(("indicator__in", ["deviating", "mean_deviation", "late_label", "beyond_use", "fridge_readings", "checklist_first", "out_of_range", "late_entries", "unsigned", "overrides", "photo_failures", "contact_reached", "adverse_events", "balance_errors"])), name="audit_limit_indicator_known"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.CheckConstraint(condition=models.Q(("side__in", ["above", "below"])), name="audit_limit_side_known"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.CheckConstraint(condition=models.Q(("measure__in", ["count", "percent", "hours"])), name="audit_limit_measure_known"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.CheckConstraint(condition=models.Q(("chart__in", ["run", "p", "u", "xmr", "g", "t", "none"])), name="audit_limit_chart_known"),
        ),
        migrations.AddConstraint(
            model_name="auditlimit",
            constraint=models.CheckConstraint(condition=models.Q(("threshold__gte", 0), models.Q(models.Q(("measure", "percent"), _negated=True), ("threshold__lte", 100), _connector="OR"), ("threshold__lte", 1000)), name="audit_limit_sane"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditlimit",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_auditrulesversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_auditrulesversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_auditrulesversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_auditrulesversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="a1ef6f588fcf8716ab2232785315457498f1ac65", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_97ebf", table="protocols_auditlimit", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditlimit",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="d7eaf4fe66e701fd6114cc7dbcc4e35d67f97b82", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_8cd61", table="protocols_auditlimit", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="combined_protocol_status_known"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="combined_protocol_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="combined_protocol_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="combined_protocol_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="combined_protocol_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="combined_protocol_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="combined_protocol_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="combined_protocol_second_person"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="combined_protocol_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site",), name="combined_protocol_one_active"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="combined_protocol_number_once"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("begins_with__in", ["prp", "mesotherapy"])), name="combined_protocol_order_known"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("gap_minutes__isnull", True), ("gap_minutes__range", (0, 240)), _connector="OR"), name="combined_protocol_gap"),
        ),
        migrations.AddConstraint(
            model_name="combinedprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("total_volume_max_ul__isnull", True), ("total_volume_max_ul__range", (500, 30000)), _connector="OR"), name="combined_protocol_volume"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="edab24cf065b1e8e5f7fc700cad60a5d5a00287f", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_a8380", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="ca00312bacc72a7ebe9a5cd898362cfc214c13fe", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_6066d", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="320dab0a8f2286f3d19efcdc176fcb0f93b3fd82", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_4367c", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="2806515931e27b496177234eb3f1567bfd2de7e0", operation="UPDATE", pgid="pgtrigger_moves_7001c", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="757ac07062ffd577e940df67c01602bb2fb11ae9", operation="INSERT", pgid="pgtrigger_begins_as_draft_faa07", table="protocols_combinedprotocolversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="combinedzone",
            constraint=models.UniqueConstraint(fields=("version", "zone"), name="combined_zone_once"),
        ),
        migrations.AddConstraint(
            model_name="combinedzone",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="combined_zone_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="combinedzone",
            constraint=models.CheckConstraint(condition=models.Q(("receives__in", ["prp", "mesotherapy", "both"])), name="combined_zone_receives_known"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedzone",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_combinedprotocolversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_combinedprotocolversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_combinedprotocolversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_combinedprotocolversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="6d5e826bb8d803c738ef8b309de524cb8f120fcb", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_7cb24", table="protocols_combinedzone", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="combinedzone",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="7e8305ab6a796195c12d9b9b8c90cabc4d57fef4", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_a8af0", table="protocols_combinedzone", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="complication_response_status_known"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="complication_response_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="complication_response_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="complication_response_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="complication_response_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="complication_response_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="complication_response_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="complication_response_second_person"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="complication_response_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site", "complication"), name="complication_response_one_active"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.UniqueConstraint(fields=("site", "complication", "number"), name="complication_response_number_once"),
        ),
        migrations.AddConstraint(
            model_name="complicationresponseversion",
            constraint=models.CheckConstraint(condition=models.Q(("complication__in", ["vasovagal", "anaphylaxis", "infection", "local_reaction", "anaesthetic_toxicity"])), name="complication_response_known"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="869119abac93210ee7b08be45d3c6a674e20e687", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_a8725", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="5e178d6218e91eac8942fa9d16d91b92b700bb00", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_595ad", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="f5f325c7e11791caf6e909a64201573d2c49b6a5", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_93cd8", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="49a91f555dd96bb5c5a50bfebc6c7f7f26a57876", operation="UPDATE", pgid="pgtrigger_moves_609e9", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complicationresponseversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="0617e0dd56f9eb92bb7488d6a63868e61bb21f29", operation="INSERT", pgid="pgtrigger_begins_as_draft_59481", table="protocols_complicationresponseversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="leafletparagraph",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="leaflet_paragraph_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="leafletparagraph",
            constraint=models.CheckConstraint(condition=models.Q(("advice__in", ["normal", "do_not", "do", "call", "emergency", "later"])), name="leaflet_paragraph_advice_known"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="leafletparagraph",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_aftercareleafletversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_aftercareleafletversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_aftercareleafletversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_aftercareleafletversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="f5f9b5805fde00bbe575325c665850e0231dcdd5", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_ef763", table="protocols_leafletparagraph", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="leafletparagraph",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="1763491cb64982fe9daaffd25273a26150f7164d", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_d00b3", table="protocols_leafletparagraph", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("status__in", ["draft", "in_review", "approved", "retired"])), name="prp_protocol_status_known"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)), models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)), _connector="OR"), name="prp_protocol_submitted_at_by"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at__isnull", True), ("sent_back_by__isnull", True)), models.Q(("sent_back_at__isnull", False), ("sent_back_by__isnull", False)), _connector="OR"), name="prp_protocol_sent_back_at_by"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("sent_back_at", None), ("sent_back_reason", "")), models.Q(("sent_back_at__isnull", False), models.Q(("sent_back_reason", ""), _negated=True)), _connector="OR"), name="prp_protocol_sent_back_says_why"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)), models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)), _connector="OR"), name="prp_protocol_approved_at_by"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)), models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)), _connector="OR"), name="prp_protocol_retired_at_by"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("status__in", ["approved", "retired"]), _negated=True), models.Q(("approval_signature__isnull", False), ("approved_at__isnull", False)), _connector="OR"), name="prp_protocol_approved_is_signed"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("author")), _negated=True), _connector="OR"), name="prp_protocol_second_person"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("retire_reason__isnull", False), ("retired_at__isnull", False), ("retirement_signature__isnull", False), ("status", "retired")), models.Q(models.Q(("status", "retired"), _negated=True), ("retire_reason", None), ("retired_at", None), ("retirement_signature", None)), _connector="OR"), name="prp_protocol_retired_says_why"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.UniqueConstraint(condition=models.Q(("status", "approved")), fields=("site",), name="prp_protocol_one_active"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="prp_protocol_number_once"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("tubes__isnull", True), ("tubes__range", (1, 12)), _connector="OR"), name="prp_protocol_tubes"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("blood_ul_per_tube__isnull", True), ("blood_ul_per_tube__range", (1000, 60000)), _connector="OR"), name="prp_protocol_blood"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("anticoagulant_ul_per_tube__isnull", True), ("anticoagulant_ul_per_tube__range", (0, 10000)), _connector="OR"), name="prp_protocol_anticoagulant"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("rotor_radius_mm__isnull", True), ("rotor_radius_mm__range", (30, 300)), _connector="OR"), name="prp_protocol_radius"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("use_within_minutes__isnull", True), ("use_within_minutes__range", (5, 240)), _connector="OR"), name="prp_protocol_use_within"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("site_volume_max_ul__gte", models.F("site_volume_min_ul")), ("site_volume_max_ul__lte", 500), ("site_volume_min_ul__gte", 20)), name="prp_protocol_site_volume"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("sessions__isnull", True), ("sessions__range", (1, 12)), _connector="OR"), name="prp_protocol_sessions"),
        ),
        migrations.AddConstraint(
            model_name="prpprotocolversion",
            constraint=models.CheckConstraint(condition=models.Q(("interval_days__isnull", True), ("interval_days__range", (7, 180)), _connector="OR"), name="prp_protocol_interval"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status IN ('approved', 'retired') THEN IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'retired_at', 'retired_by_id', 'retire_reason', 'retirement_signature_id', 'row_version']::text[]) THEN RAISE EXCEPTION 'baseline: this row of % is locked and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN RAISE EXCEPTION 'baseline: retired_at of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retired_by_id IS NOT NULL AND NEW.retired_by_id IS DISTINCT FROM OLD.retired_by_id THEN RAISE EXCEPTION 'baseline: retired_by_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retire_reason IS NOT NULL AND NEW.retire_reason IS DISTINCT FROM OLD.retire_reason THEN RAISE EXCEPTION 'baseline: retire_reason of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF OLD.retirement_signature_id IS NOT NULL AND NEW.retirement_signature_id IS DISTINCT FROM OLD.retirement_signature_id THEN RAISE EXCEPTION 'baseline: retirement_signature_id of % is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="3c32e9aee119dc6b90d4e48cc573b007f1076f5b", operation="UPDATE OR DELETE", pgid="pgtrigger_locked_7fa52", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="f4a8d8b6619f8c90b4eb90890c83165f2c4148c8", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_03e69", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="held_in_review", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.status = 'in_review' AND (TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['status', 'submitted_at', 'submitted_by_id', 'sent_back_at', 'sent_back_by_id', 'sent_back_reason', 'approved_at', 'approved_by_id', 'approval_signature_id', 'active_slot', 'row_version']::text[])) THEN RAISE EXCEPTION 'baseline: this row of % lies in review and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="e60bfca52ece335e0ba1cd560ca1d1905a03712f", operation="UPDATE OR DELETE", pgid="pgtrigger_held_in_review_59967", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="moves", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status IS DISTINCT FROM OLD.status AND (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'draft'), ('in_review', 'approved'), ('approved', 'retired')) THEN RAISE EXCEPTION 'baseline: a version of % cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="5d5e3010b0ed5f77ea8cc569fb140e458bfdf2cd", operation="UPDATE", pgid="pgtrigger_moves_7efe4", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpprotocolversion",
            trigger=pgtrigger.compiler.Trigger(name="begins_as_draft", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'baseline: a version of % begins as a draft', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;", hash="1971edc1842490e43a212b3491990902943fc581", operation="INSERT", pgid="pgtrigger_begins_as_draft_4f563", table="protocols_prpprotocolversion", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="prpspin",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="prp_spin_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="prpspin",
            constraint=models.CheckConstraint(condition=models.Q(("force_g__isnull", True), ("force_g__range", (50, 4000)), _connector="OR"), name="prp_spin_force"),
        ),
        migrations.AddConstraint(
            model_name="prpspin",
            constraint=models.CheckConstraint(condition=models.Q(("minutes__isnull", True), ("minutes__range", (1, 60)), _connector="OR"), name="prp_spin_minutes"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpspin",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_prpprotocolversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_prpprotocolversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_prpprotocolversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_prpprotocolversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="0e65235a07985a4cd181aff9a4047b283ecd619c", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_5973d", table="protocols_prpspin", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="prpspin",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="c805dba8e60a7540e2c32bc1ddaa72c84321c4f1", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_6d9bc", table="protocols_prpspin", when="BEFORE")),
        ),
        migrations.AddConstraint(
            model_name="responsestep",
            constraint=models.UniqueConstraint(fields=("version", "ordinal"), name="response_step_ordinal_once"),
        ),
        migrations.AddConstraint(
            model_name="responsestep",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("repeats", False), ("timer_minutes", None)), models.Q(("timer_minutes__gte", 1), ("timer_minutes__lte", 60)), _connector="OR"), name="response_step_timer_sane"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="responsestep",
            trigger=pgtrigger.compiler.Trigger(name="parent_locked", sql=pgtrigger.compiler.UpsertTriggerSql(func="IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM protocols_complicationresponseversion parent WHERE parent.id = OLD.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_complicationresponseversion parent WHERE parent.id = OLD.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM protocols_complicationresponseversion parent WHERE parent.id = NEW.version_id FOR NO KEY UPDATE; IF EXISTS (SELECT 1 FROM protocols_complicationresponseversion parent WHERE parent.id = NEW.version_id AND (parent.status <> 'draft')) THEN RAISE EXCEPTION 'baseline: rows of % belong to a locked record', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END IF; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", hash="ef5f200755f5308825890a000f9b3aee042421a2", operation="INSERT OR UPDATE OR DELETE", pgid="pgtrigger_parent_locked_668ec", table="protocols_responsestep", when="BEFORE")),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="responsestep",
            trigger=pgtrigger.compiler.Trigger(name="no_truncate", sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'baseline: % holds records and cannot be emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash="927b7be7050a75ff85ba810f040e9b5651734b22", level="STATEMENT", operation="TRUNCATE", pgid="pgtrigger_no_truncate_c646c", table="protocols_responsestep", when="BEFORE")),
        ),
    ]
