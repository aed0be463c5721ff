"""What a plan says has versions, each from an instant on."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_found_on_the_phone"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateTimeField(verbose_name="valid from")),
                ("values", models.JSONField(verbose_name="what changes")),
                ("replaced", models.JSONField(blank=True, default=dict, verbose_name="what it said before")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("decided_by", models.CharField(max_length=80, verbose_name="by")),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="in force since")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounts.plan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a plan",
                "verbose_name_plural": "versions of the plans",
                "indexes": [
                    models.Index(
                        fields=["valid_from"],
                        name="plan_to_apply",
                        condition=Q(applied_at__isnull=True, withdrawn_at__isnull=True),
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "valid_from"),
                        condition=Q(withdrawn_at__isnull=True),
                        name="two_versions_of_a_plan_never_begin_at_once",
                    ),
                    models.CheckConstraint(
                        name="a_plan_in_force_is_not_withdrawn",
                        condition=Q(applied_at__isnull=True) | Q(withdrawn_at__isnull=True),
                    ),
                    models.CheckConstraint(
                        name="no_plan_comes_before_its_time",
                        condition=Q(applied_at__isnull=True) | Q(applied_at__gte=F("valid_from")),
                    ),
                ],
            },
        ),
    ]
