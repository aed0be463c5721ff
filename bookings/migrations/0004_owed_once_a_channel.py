"""The new constraint stands before the old one falls, and its index is built while notices go on being written.

Outside a transaction, and able to run again: an index that was left half-built is dropped first.
"""

from django.db import migrations, models

NAME = "a_notification_is_owed_once_a_channel"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("bookings", "0003_channels")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET statement_timeout = 0",
                        f"ALTER TABLE bookings_notification DROP CONSTRAINT IF EXISTS {NAME}",
                        "SET lock_timeout = 0",
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                        f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} "
                        "ON bookings_notification (booking_id, kind, key, channel)",
                        "RESET lock_timeout",
                        f"ALTER TABLE bookings_notification ADD CONSTRAINT {NAME} UNIQUE USING INDEX {NAME}",
                        "RESET statement_timeout",
                    ],
                    f"ALTER TABLE bookings_notification DROP CONSTRAINT {NAME}",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="notification",
                    constraint=models.UniqueConstraint(fields=["booking", "kind", "key", "channel"], name=NAME),
                )
            ],
        ),
        migrations.RemoveConstraint(model_name="notification", name="a_notification_is_owed_once"),
    ]
