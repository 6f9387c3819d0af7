"""A checklist that says it is signed has the time of it, too."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("patients", "0005_search_indexes")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="patientchecklist", name="patient_checklist_signed_is_complete"),
        migrations.AddConstraint(
            model_name="patientchecklist",
            constraint=models.CheckConstraint(
                condition=(
                    Q(status="signed", signed_at__isnull=False, signature__isnull=False, verdict__isnull=False)
                    & ~Q(outcome="")
                )
                | (~Q(status="signed") & Q(signed_at=None, signature=None, verdict__isnull=True, outcome="")),
                name="patient_checklist_signed_is_complete",
            ),
        ),
    ]
