"""What cars say of themselves, from the inbox into one row a car: the newest by the car's time that is possible."""

from collections import Counter

from stations.reports import drain

# An odometer does not run backwards. But a wrong high reading, once believed, or a new odometer must not silence a car
# for ever: what contradicts a reading that is an hour old is believed again.
APPLY = """
WITH batch AS (
    SELECT id, event_time, received_at, payload FROM stations_devicemessage
    WHERE outcome = 'pending' AND kind = 'vehicle_status'
    ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), said AS (
    SELECT batch.id, batch.event_time, batch.received_at, vehicle.id AS vehicle_id,
           (batch.payload->>'charge_percent')::numeric AS charge_percent,
           (batch.payload->>'range_km')::integer AS range_km,
           (batch.payload->>'odometer_km')::numeric AS odometer_km,
           coalesce((batch.payload->>'seq')::bigint, 0) AS source_seq
    FROM batch LEFT JOIN vehicles_vehicle AS vehicle ON vehicle.id = (batch.payload->>'vehicle')::bigint
), checked AS (
    SELECT said.*, CASE WHEN said.vehicle_id IS NULL THEN 'unknown_vehicle'
                        WHEN said.charge_percent NOT BETWEEN 0 AND 100 THEN 'charge_out_of_range'
                        WHEN said.odometer_km < known.odometer_km - 1 AND said.event_time > known.event_time
                             AND said.event_time < known.event_time + interval '1 hour' THEN 'odometer_backwards'
                        ELSE '' END AS contradiction
    FROM said LEFT JOIN vehicles_vehiclereport AS known ON known.vehicle_id = said.vehicle_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY vehicle_id, contradiction = ''
                                 ORDER BY event_time DESC, source_seq DESC, id) AS rank FROM checked
), written AS (
    INSERT INTO vehicles_vehiclereport AS known
        (vehicle_id, charge_percent, range_km, odometer_km, event_time, source_seq, received_at)
    SELECT vehicle_id, charge_percent, range_km, odometer_km, event_time, source_seq, received_at
    FROM ranked WHERE rank = 1 AND contradiction = '' ORDER BY vehicle_id
    ON CONFLICT (vehicle_id) DO UPDATE
    SET charge_percent = excluded.charge_percent, range_km = excluded.range_km, odometer_km = excluded.odometer_km,
        event_time = excluded.event_time, source_seq = excluded.source_seq, received_at = excluded.received_at
    WHERE (known.event_time, known.source_seq) < (excluded.event_time, excluded.source_seq)
    RETURNING vehicle_id
), judged AS (
    SELECT id, contradiction,
           CASE WHEN contradiction <> '' THEN 'quarantined'
                WHEN rank = 1 AND vehicle_id IN (SELECT vehicle_id FROM written) THEN 'applied'
                ELSE 'stale' END AS outcome
    FROM ranked
), settled AS (
    UPDATE stations_devicemessage AS message
    SET outcome = judged.outcome,
        reason = CASE judged.outcome WHEN 'quarantined' THEN judged.contradiction WHEN 'stale' THEN 'older' ELSE '' END,
        payload = CASE judged.outcome WHEN 'quarantined' THEN message.payload ELSE {trace} END,
        resolved_at = CASE WHEN judged.outcome <> 'quarantined' THEN {now} END
    FROM judged WHERE message.id = judged.id
    RETURNING message.outcome
)
SELECT outcome, count(*) FROM settled GROUP BY outcome
"""


def apply_pending() -> Counter[str]:
    """Bring `VehicleReport` up to what the inbox holds. Any number of workers may do so at once."""
    return drain("apply_vehicle_reports", APPLY)
