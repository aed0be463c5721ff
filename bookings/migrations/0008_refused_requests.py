"""What was refused to whom, and what was promised: two new tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_found_on_the_phone"),
        ("bookings", "0007_figures"),
        ("stations", "0007_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditPromise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=8, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("promised_by", models.CharField(max_length=80, verbose_name="promised by")),
                ("promised_at", models.DateTimeField(verbose_name="promised")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                (
                    "booking",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bookings.booking",
                        verbose_name="booking",
                    ),
                ),
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
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.subscriber",
                        verbose_name="subscriber",
                    ),
                ),
            ],
            options={
                "verbose_name": "promised credit",
                "verbose_name_plural": "promised credits",
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=["network", "id"],
                        name="promise_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_promise_is_of_something"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                        ),
                        name="a_promise_is_settled_or_withdrawn",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefusedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "need",
                    models.CharField(
                        blank=True, choices=[("car", "car"), ("dock", "dock")], max_length=4, verbose_name="needed"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="refused because")),
                ("command", models.CharField(max_length=30, verbose_name="asked for")),
                ("occurred_at", models.DateTimeField(db_index=True, verbose_name="when")),
                (
                    "network",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stations.station",
                        verbose_name="station",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.subscriber",
                        verbose_name="subscriber",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused request",
                "verbose_name_plural": "refused requests",
                "indexes": [
                    models.Index(fields=["network", "-occurred_at"], name="refused_in_network"),
                    models.Index(
                        condition=models.Q(("subscriber__isnull", False)),
                        fields=["subscriber", "-occurred_at"],
                        name="refused_to_subscriber",
                    ),
                ],
            },
        ),
    ]
