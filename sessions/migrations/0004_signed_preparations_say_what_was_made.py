"""A comparison with a missing volume comes to NULL, which a check constraint lets pass: it is asked for by name."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("treatment_sessions", "0003_sessions_end_with_a_reason")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="preparation", name="preparation_signed_is_complete"),
        migrations.AddConstraint(
            model_name="preparation",
            constraint=models.CheckConstraint(
                condition=Q(status="draft", signature=None, finished_at=None)
                | Q(status="rejected", signature__isnull=False, finished_at__isnull=False)
                | (
                    Q(status="signed", signature__isnull=False, finished_at__isnull=False, beyond_use_at__isnull=False)
                    & Q(made_ul__isnull=False, made_ul__gt=0, visual_check="right", finished_at__gte=F("started_at"))
                ),
                name="preparation_signed_is_complete",
            ),
        ),
    ]
