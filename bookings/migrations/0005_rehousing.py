"""A booking that could not be kept says which one stands for it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_appointments"),
        ("bookings", "0004_owed_once_a_channel"),
        ("stations", "0006_planned_closures"),
        ("vehicles", "0004_relocation"),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bookings.booking",
            ),
        ),
        migrations.AlterField(
            model_name="booking",
            name="end_cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("returned", "car plugged in"),
                    ("customer", "cancelled by the subscriber"),
                    ("expired", "hold ran out"),
                    ("operator", "ended by an operator"),
                    ("withdrawn", "car withdrawn by an operator"),
                    ("moved", "moved to another car"),
                ],
                max_length=10,
                verbose_name="ended because",
            ),
        ),
        migrations.AlterField(
            model_name="dockhold",
            name="state",
            field=models.CharField(
                choices=[
                    ("held", "held"),
                    ("used", "used"),
                    ("released", "released"),
                    ("expired", "expired"),
                    ("displaced", "taken by another car, or closed"),
                ],
                default="held",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
