"""A car that staff drives elsewhere."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vehicles", "0003_disputed_dock"),
    ]

    operations = [
        migrations.AlterField(
            model_name="vehicle",
            name="out_of_service_cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("maintenance", "maintenance"),
                    ("damage", "damage"),
                    ("cleaning", "cleaning"),
                    ("low_charge", "low charge"),
                    ("missing", "missing"),
                    ("relocation", "being moved by staff"),
                    ("other", "other"),
                ],
                max_length=12,
                verbose_name="out of service for",
            ),
        ),
    ]
