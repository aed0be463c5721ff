"""Batteries have numbers, and may be swapped."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0007_rules"),
        ("vehicles", "0004_relocation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Battery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serial", models.CharField(max_length=60, verbose_name="serial number")),
                ("capacity_kwh", models.DecimalField(decimal_places=1, max_digits=5, verbose_name="capacity (kWh)")),
                ("fitted_at", models.DateTimeField(blank=True, null=True, verbose_name="fitted")),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
                (
                    "vehicle",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="battery",
                        to="vehicles.vehicle",
                        verbose_name="in the car",
                    ),
                ),
            ],
            options={
                "verbose_name": "battery",
                "verbose_name_plural": "batteries",
                "constraints": [
                    models.UniqueConstraint(fields=("network", "serial"), name="a_battery_number_is_used_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fitted_at__isnull", True), ("vehicle__isnull", True)),
                            models.Q(("fitted_at__isnull", False), ("vehicle__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_fitted_battery_says_since_when",
                    ),
                ],
            },
        ),
    ]
