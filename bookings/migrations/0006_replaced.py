"""The index is built while bookings go on; one that was left half-built is dropped first.

It waits for whatever transaction is under way, however long (a backup), and nobody waits for it: so no time-out.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("bookings", "0005_rehousing")]
    operations = [
        migrations.RunSQL(
            ["SET statement_timeout = 0; SET lock_timeout = 0", "DROP INDEX CONCURRENTLY IF EXISTS booking_replaced"],
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "booking",
            models.Index(fields=["replaces"], name="booking_replaced", condition=models.Q(replaces__isnull=False)),
        ),
        migrations.RunSQL("RESET statement_timeout; RESET lock_timeout", migrations.RunSQL.noop),
    ]
