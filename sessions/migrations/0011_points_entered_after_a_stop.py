"""Points that were injected before something stopped a session say when, and why they are entered after it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0010_numbers_go_on")]

    operations = [
        migrations.AddField(
            model_name="injectionzone",
            name="injected_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="injected"),
        ),
        migrations.AddField(
            model_name="injectionzone",
            name="late_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="why it is entered late"),
        ),
        migrations.AddField(
            model_name="treatmentsession",
            name="vial_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="vial taken"),
        ),
        migrations.AddConstraint(
            model_name="injectionzone",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("injected_at__isnull", True), ("late_reason", "")), models.Q(("injected_at__isnull", False), ("injected_at__lte", models.F("recorded_at")), ("recorded_at__isnull", False), ("late_reason__regex", "\\S")), _connector="OR"), name="injection_zone_late_says_when_and_why"),
        ),
        migrations.AddConstraint(
            model_name="treatmentsession",
            constraint=models.CheckConstraint(condition=models.Q(("vial_at__isnull", True), models.Q(("vial__isnull", False), ("vial_at__isnull", False)), _connector="OR"), name="treatment_session_vial_at_of_a_vial"),
        ),
    ]
