"""A block has a ground, and may end by itself."""

from django.db import migrations, models
from django.db.models import Q

GROUNDS = [
    ("unpaid", "unpaid invoices"),
    ("damage", "damage to a car"),
    ("misuse", "misuse of the service"),
    ("identity", "doubt about the identity"),
    ("lost_badge", "badge lost or stolen"),
    ("other", "another ground"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_appointments")]
    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="blocked_ground",
            field=models.CharField(
                blank=True,
                choices=GROUNDS,
                db_default="",
                default="",
                max_length=10,
                verbose_name="ground of the block",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="blocked_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="blocked until"),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=Q(blocked_until__isnull=False), fields=["blocked_until"], name="subscriber_to_unblock"
            ),
        ),
    ]
