"""Closures that are known before."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0005_traces"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedClosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("until_at", models.DateTimeField(verbose_name="until")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("is_returning", models.BooleanField(default=False, verbose_name="cars may still be brought back")),
                ("planned_by", models.CharField(editable=False, max_length=80, verbose_name="planned by")),
                ("planned_at", models.DateTimeField(editable=False, verbose_name="planned")),
                ("began_at", models.DateTimeField(editable=False, null=True, verbose_name="began")),
                ("closed_version", models.PositiveBigIntegerField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="ended")),
                ("called_off_at", models.DateTimeField(editable=False, null=True, verbose_name="called off")),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_closures",
                        to="stations.station",
                        verbose_name="station",
                    ),
                ),
            ],
            options={
                "verbose_name": "planned closure",
                "verbose_name_plural": "planned closures",
                "indexes": [
                    models.Index(
                        condition=models.Q(("began_at", None), ("called_off_at", None)),
                        fields=["from_at"],
                        name="closure_to_begin",
                    ),
                    models.Index(
                        condition=models.Q(("began_at__isnull", False), ("called_off_at", None), ("ended_at", None)),
                        fields=["until_at"],
                        name="closure_to_end",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until_at__gt", models.F("from_at"))), name="a_closure_ends_after_it_begins"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("called_off_at", None)),
                        expressions=[
                            ("station", "="),
                            (models.Func("from_at", "until_at", function="tstzrange"), "&&"),
                        ],
                        name="no_station_closes_twice_at_once",
                    ),
                ],
            },
        ),
    ]
