"""Stable views for auditors: the tables below them may change, these columns do not."""

from django.db import migrations

VIEWS = """
CREATE VIEW audit_occupancy AS
SELECT CASE WHEN started_at IS NULL THEN 'hold_car' ELSE 'rental' END AS kind, booking.id AS ref,
       network.slug AS network, booking.vehicle_id AS car, NULL::bigint AS dock,
       subscriber.reference AS subscriber, booking.during AS period,
       booking.state::text AS status, booking.state IN ('reserved', 'on_trip') AS is_open
FROM bookings_booking AS booking
JOIN accounts_subscriber AS subscriber ON subscriber.id = booking.subscriber_id
JOIN stations_network AS network ON network.id = booking.network_id
UNION ALL
SELECT 'hold_dock', hold.booking_id, network.slug, NULL, hold.dock_id, subscriber.reference, hold.during,
       hold.state::text, hold.state = 'held'
FROM bookings_dockhold AS hold
JOIN accounts_subscriber AS subscriber ON subscriber.id = hold.subscriber_id
JOIN stations_network AS network ON network.id = subscriber.network_id;

CREATE VIEW audit_events AS
SELECT event.position, network.slug AS network, event.aggregate AS agg, event.aggregate_id AS agg_id, event.version,
       event.type, event.ref, event.actor, event.occurred_at, event.recorded_at, event.data
FROM stations_event AS event JOIN stations_network AS network ON network.id = event.network_id;

CREATE VIEW audit_cars AS
SELECT vehicle.id AS car, network.slug AS network, vehicle.plate, vehicle.dock_id AS dock, vehicle.is_in_service,
       vehicle.version, report.charge_percent, report.event_time AS reported_at
FROM vehicles_vehicle AS vehicle
JOIN stations_network AS network ON network.id = vehicle.network_id
LEFT JOIN vehicles_vehiclereport AS report ON report.vehicle_id = vehicle.id;

CREATE VIEW audit_messages AS
SELECT device.identifier AS device, message.msg_id, message.kind, message.event_time, message.received_at,
       message.outcome::text, message.reason
FROM stations_devicemessage AS message JOIN stations_device AS device ON device.id = message.device_id;
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial"), ("vehicles", "0002_guards"), ("accounts", "0002_cache_table")]
    operations = [
        migrations.RunSQL(
            VIEWS, "DROP VIEW audit_occupancy; DROP VIEW audit_events; DROP VIEW audit_cars; DROP VIEW audit_messages"
        )
    ]
