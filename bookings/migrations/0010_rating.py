import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0009_may_last_until"),
        ("vehicles", "0009_rating"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="rating",
                        serialize=False,
                        to="bookings.booking",
                        verbose_name="booking",
                    ),
                ),
                (
                    "cleanliness",
                    models.CharField(
                        choices=[("clean", "clean"), ("fair", "acceptable"), ("dirty", "dirty")],
                        max_length=5,
                        verbose_name="cleanliness",
                    ),
                ),
                ("is_faulty", models.BooleanField(default=False, verbose_name="something is broken or missing")),
                ("found_at", models.DateTimeField(verbose_name="found so")),
                ("rated_at", models.DateTimeField(verbose_name="rated")),
                (
                    "vehicle",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vehicles.vehicle",
                        verbose_name="car",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
                "verbose_name_plural": "ratings",
                "indexes": [
                    models.Index(fields=["vehicle", "-found_at"], name="rating_of_vehicle"),
                    models.Index(
                        condition=models.Q(("cleanliness", "dirty"), ("is_faulty", True), _connector="OR"),
                        fields=["found_at"],
                        name="rating_of_trouble",
                    ),
                ],
            },
        ),
    ]
