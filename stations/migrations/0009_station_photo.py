"""What stations look like."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0008_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="StationPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=32)),
                ("width", models.PositiveSmallIntegerField(verbose_name="width")),
                ("height", models.PositiveSmallIntegerField(verbose_name="height")),
                ("caption", models.CharField(blank=True, max_length=200, verbose_name="caption")),
                ("added_by", models.CharField(max_length=80, verbose_name="by")),
                ("added_at", models.DateTimeField(verbose_name="at")),
                (
                    "station",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photo",
                        to="stations.station",
                        verbose_name="station",
                    ),
                ),
            ],
            options={
                "verbose_name": "photo of a station",
                "verbose_name_plural": "photos of stations",
                "indexes": [models.Index(fields=["digest"], name="photo_by_digest")],
            },
        ),
        migrations.CreateModel(
            name="StationPhotoFile",
            fields=[
                (
                    "photo",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="stations.stationphoto",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
        ),
    ]
