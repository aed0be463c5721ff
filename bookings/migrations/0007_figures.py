"""The figures of days, and what finds a day in the log.

The indexes are built while bookings go on, so outside a transaction; each half-built one is dropped first. The log of a
day is found by a summary of its pages: rows come in the order of time, and writing one must cost nothing more. An event
counts as late 5 minutes after it happened: a day is computed 10 minutes after its end at the earliest. Most docks were
never out of service: without its index that would be read out of all that ever happened to them.
"""

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q


def number():
    return models.PositiveIntegerField(default=0)


def big_number():
    return models.PositiveBigIntegerField(default=0)


def by_hour():
    return ArrayField(base_field=models.PositiveIntegerField(), size=None)


def kilometres():
    return models.DecimalField(decimal_places=1, max_digits=10, null=True)


def row_of(model):
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model)


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


TABLES = [
    migrations.CreateModel(
        name="NetworkDay",
        fields=[
            ("id", key()),
            ("network", row_of("stations.network")),
            ("date", models.DateField()),
            ("begins_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField()),
            ("reservations", number()),
            ("trips", number()),
            ("trip_seconds", big_number()),
            ("kilometres", kilometres()),
            ("customer_cancellations", number()),
            ("provider_cancellations", number()),
            ("expiries", number()),
            ("dock_holds", number()),
            ("displaced_holds", number()),
            ("promises", number()),
            ("promises_kept", number()),
            ("cars", number()),
            ("in_service_seconds", big_number()),
            ("charge_percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
            ("renting_seconds", big_number()),
            ("without_car_seconds", big_number()),
            ("returning_seconds", big_number()),
            ("without_dock_seconds", big_number()),
            ("messages_quarantined", number()),
            ("messages_resolved", number()),
            ("message_seconds", big_number()),
            ("cars_restored", number()),
            ("car_outage_seconds", big_number()),
            ("docks_restored", number()),
            ("dock_outage_seconds", big_number()),
            ("events", number()),
            ("computed_at", models.DateTimeField()),
            ("read_until", models.DateTimeField()),
        ],
        options={
            "verbose_name": "day of a network",
            "verbose_name_plural": "days of networks",
            "constraints": [
                models.UniqueConstraint(fields=("network", "date"), name="a_network_has_a_day_once"),
                models.CheckConstraint(
                    condition=Q(("promises_kept__lte", F("promises"))), name="no_more_promises_are_kept_than_made"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StationDay",
        fields=[
            ("id", key()),
            ("network", row_of("stations.network")),
            ("station", row_of("stations.station")),
            ("date", models.DateField()),
            ("renting_seconds", number()),
            ("without_car_seconds", number()),
            ("returning_seconds", number()),
            ("without_dock_seconds", number()),
            ("departures", number()),
            ("arrivals", number()),
            ("renting_by_hour", by_hour()),
            ("without_car_by_hour", by_hour()),
            ("returning_by_hour", by_hour()),
            ("without_dock_by_hour", by_hour()),
            ("departures_by_hour", by_hour()),
            ("arrivals_by_hour", by_hour()),
        ],
        options={
            "verbose_name": "day of a station",
            "verbose_name_plural": "days of stations",
            "constraints": [models.UniqueConstraint(fields=("station", "date"), name="a_station_has_a_day_once")],
            "indexes": [models.Index(fields=["network", "date"], name="station_day_of_network")],
        },
    ),
    migrations.CreateModel(
        name="VehicleDay",
        fields=[
            ("id", key()),
            ("network", row_of("stations.network")),
            ("vehicle", row_of("vehicles.vehicle")),
            ("date", models.DateField()),
            ("trips", number()),
            ("trip_seconds", number()),
            ("in_service_seconds", number()),
            ("odometer_km", kilometres()),
            ("kilometres", kilometres()),
        ],
        options={
            "verbose_name": "day of a car",
            "verbose_name_plural": "days of cars",
            "constraints": [models.UniqueConstraint(fields=("vehicle", "date"), name="a_car_has_a_day_once")],
            "indexes": [models.Index(fields=["network", "date"], name="vehicle_day_of_network")],
        },
    ),
]


class InOneTransaction(migrations.SeparateDatabaseAndState):
    atomic = True


def built_beside(name: str, rest: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        [
            "SET statement_timeout = 0; SET lock_timeout = 0",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY {name} ON {rest}",
            "RESET statement_timeout; RESET lock_timeout",
        ],
        f"DROP INDEX {name}",
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("accounts", "0008_appointments"),
        ("bookings", "0006_replaced"),
        ("stations", "0006_planned_closures"),
        ("vehicles", "0004_relocation"),
    ]
    operations = [
        built_beside(
            "event_times", "stations_event USING brin (occurred_at) WITH (pages_per_range = 32, autosummarize = on)"
        ),
        built_beside(
            "event_late",
            "stations_event (network_id, recorded_at) WHERE recorded_at - occurred_at > interval '5 minutes'",
        ),
        built_beside(
            "event_dock_service",
            "stations_event (aggregate_id, version) "
            "WHERE aggregate = 'dock' AND type IN ('service_start', 'service_end')",
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                built_beside("booking_ended", "bookings_booking (network_id, ended_at) WHERE ended_at IS NOT NULL")
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="booking",
                    index=models.Index(
                        condition=Q(("ended_at__isnull", False)), fields=["network", "ended_at"], name="booking_ended"
                    ),
                )
            ],
        ),
        InOneTransaction(database_operations=TABLES, state_operations=TABLES),
    ]
