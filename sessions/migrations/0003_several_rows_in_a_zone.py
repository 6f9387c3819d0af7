"""A zone may have several rows; what departs from the protocol says why; papers are kept in their words."""

from typing import Any, ClassVar

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """For new records: what is signed already has one row in a zone, and no papers in words."""

    dependencies: ClassVar[list[Any]] = [
        ("treatment_sessions", "0002_deviation_reason"),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.RemoveConstraint(
            model_name="injectionzone",
            name="injection_zone_once",
        ),
        migrations.RemoveConstraint(
            model_name="injectionzone",
            name="injection_zone_volume_sane",
        ),
        migrations.AddField(
            model_name="injectionzone",
            name="deviation_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="why outside of the protocol"),
        ),
        migrations.AddField(
            model_name="injectionzone",
            name="submission_key",
            field=models.UUIDField(editable=False, null=True, unique=True, verbose_name="submission"),
        ),
        migrations.AddField(
            model_name="treatmentsession",
            name="papers",
            field=models.JSONField(blank=True, default=dict, verbose_name="given under"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="treatmentsession",
            trigger=pgtrigger.compiler.Trigger(
                name="outside_says_why",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF NEW.status = 'signed' AND EXISTS (SELECT 1 FROM treatment_sessions_injectionzone zone JOIN protocols_treatmentprotocolversion protocol ON protocol.id = NEW.protocol_version_id WHERE zone.treatment_session_id = NEW.id AND zone.deviation_reason = '' AND zone.volume_per_site_ul NOT BETWEEN protocol.site_volume_min_ul AND protocol.site_volume_max_ul) THEN RAISE EXCEPTION 'baseline: a volume per site outside of the protocol needs its reason' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
                    hash="a973619482f9226e31dc5ad5effb2e4e06ab2550",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_outside_says_why_b1658",
                    table="treatment_sessions_treatmentsession",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="injectionzone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("volume_per_site_ul__isnull", True), ("volume_per_site_ul__range", (10, 500)), _connector="OR"
                ),
                name="injection_zone_volume_possible",
            ),
        ),
    ]
