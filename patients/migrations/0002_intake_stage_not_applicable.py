from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="intake",
            name="intake_scale_known",
        ),
        migrations.AlterField(
            model_name="intake",
            name="scale",
            field=models.CharField(choices=[("norwood", "Norwood–Hamilton"), ("ludwig", "Ludwig"), ("none", "Stage not applicable")], max_length=8, verbose_name="scale"),
        ),
        migrations.AlterField(
            model_name="intake",
            name="stage",
            field=models.CharField(blank=True, max_length=12, verbose_name="stage"),
        ),
        migrations.AddConstraint(
            model_name="intake",
            constraint=models.CheckConstraint(condition=models.Q(("scale__in", ["norwood", "ludwig", "none"])), name="intake_scale_known"),
        ),
        migrations.AddConstraint(
            model_name="intake",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(("scale", "none"), _negated=True), models.Q(("stage", ""), _negated=True)), models.Q(("indication__in", ("telogen_effluvium", "transplant_support")), ("scale", "none"), ("stage", "")), _connector="OR"), name="intake_stage_where_it_applies"),
        ),
    ]
