"""Why a preparation departs from its formulation is written down when it is signed."""

from typing import Any, ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The reason, and the rule that a deviation needs one: for new records, since what is signed can't be changed."""

    dependencies: ClassVar[list[Any]] = [("treatment_sessions", "0001_initial")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField(
            model_name="preparation",
            name="deviation_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="why it deviates"),
        ),
        AddConstraintNotValid(
            model_name="preparation",
            constraint=models.CheckConstraint(
                condition=~Q(status="signed") | Q(deviation_count=0) | ~Q(deviation_reason=""),
                name="preparation_deviation_has_reason",
            ),
        ),
    ]
