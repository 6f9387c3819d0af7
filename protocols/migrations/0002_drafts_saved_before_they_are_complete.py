"""A formulation's draft is kept with whatever it says so far; from its review on it is whole."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns that a draft may leave open, and the rule that nothing else does."""

    dependencies: ClassVar[list[Any]] = [
        ("clinic", "0003_chain_head_and_cache"),
        ("protocols", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.RemoveConstraint(
            model_name="formulationline",
            name="formulation_line_role_known",
        ),
        migrations.RemoveConstraint(
            model_name="formulationline",
            name="formulation_line_tolerance_sane",
        ),
        migrations.RemoveConstraint(
            model_name="formulationversion",
            name="formulation_version_storage_known",
        ),
        migrations.RemoveConstraint(
            model_name="formulationversion",
            name="formulation_version_batch_sane",
        ),
        migrations.AlterField(
            model_name="formulationline",
            name="role",
            field=models.CharField(blank=True, choices=[("active", "Active"), ("vehicle", "Vehicle"), ("diluent", "Diluent"), ("buffer", "Buffer"), ("anaesthetic", "Anaesthetic")], max_length=12, verbose_name="role"),
        ),
        migrations.AlterField(
            model_name="formulationline",
            name="tolerance_percent",
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="tolerance ± %"),
        ),
        migrations.AlterField(
            model_name="formulationline",
            name="volume_ul_per_ml",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="µL per mL"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="appearance",
            field=models.CharField(blank=True, max_length=300, verbose_name="right appearance, and when to reject"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="batch_max_ul",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="largest batch in µL"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="batch_min_ul",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="smallest batch in µL"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="beyond_use_hours",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="beyond use after, in hours"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="beyond_use_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="basis of the beyond-use time"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="container",
            field=models.CharField(blank=True, max_length=120, verbose_name="container and closure"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="indication",
            field=models.CharField(blank=True, max_length=200, verbose_name="indication"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="steps",
            field=models.TextField(blank=True, max_length=4000, verbose_name="steps"),
        ),
        migrations.AlterField(
            model_name="formulationversion",
            name="storage",
            field=models.CharField(blank=True, choices=[("room", "Room temperature"), ("refrigerated", "2–8 °C, protected from light")], max_length=12, verbose_name="storage"),
        ),
        migrations.AddConstraint(
            model_name="formulationline",
            constraint=models.CheckConstraint(condition=models.Q(("role__in", ["", "active", "vehicle", "diluent", "buffer", "anaesthetic"])), name="formulation_line_role_known"),
        ),
        migrations.AddConstraint(
            model_name="formulationline",
            constraint=models.CheckConstraint(condition=models.Q(("tolerance_percent", None), models.Q(("tolerance_percent__gte", "0.1"), ("tolerance_percent__lte", 25)), _connector="OR"), name="formulation_line_tolerance_sane"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(("storage__in", ["", "room", "refrigerated"])), name="formulation_version_storage_known"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(("status", "draft"), models.Q(("batch_max_ul__isnull", False), ("batch_min_ul__isnull", False), ("beyond_use_hours__isnull", False), models.Q(("indication", ""), _negated=True), models.Q(("beyond_use_reason", ""), _negated=True), models.Q(("storage", ""), _negated=True), models.Q(("container", ""), _negated=True), models.Q(("steps", ""), _negated=True), models.Q(("appearance", ""), _negated=True)), _connector="OR"), name="formulation_version_whole_from_review"),
        ),
        migrations.AddConstraint(
            model_name="formulationversion",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("batch_min_ul", None), ("batch_min_ul__range", (100, 100000)), _connector="OR"), models.Q(("batch_max_ul", None), ("batch_max_ul__range", (100, 100000)), _connector="OR"), models.Q(("batch_min_ul", None), ("batch_max_ul", None), ("batch_max_ul__gte", models.F("batch_min_ul")), _connector="OR")), name="formulation_version_batch_sane"),
        ),
    ]
