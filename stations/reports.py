"""What posts say of their connectors, from the inbox into one row a dock: the newest by the device's time."""

from collections import Counter
from time import monotonic

from django.db import connection

from stations import clock, pulses

BATCH = 2_000
BUDGET_SECONDS = 10

# One statement, so one transaction: take a batch that no other worker has, rank the reports of each dock, let the
# newest win over the stored one if it is newer, and tell the inbox what became of each. Docks in order, against
# deadlocks. No join between the steps: the planner, which expects little to be waiting, would make it a nested loop.
APPLY = """
WITH batch AS (
    SELECT id, event_time, received_at, payload FROM stations_devicemessage
    WHERE outcome = 'pending' AND kind = 'connector_status'
    ORDER BY id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), said AS (
    SELECT batch.id, batch.event_time, batch.received_at, dock.id AS dock_id, batch.payload->>'status' AS status,
           coalesce(batch.payload->>'error_code', '') AS error_code,
           coalesce((batch.payload->>'seq')::bigint, 0) AS source_seq
    FROM batch LEFT JOIN stations_dock AS dock ON dock.id = (batch.payload->>'dock')::bigint
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY dock_id ORDER BY event_time DESC, source_seq DESC, id) AS rank FROM said
), written AS (
    INSERT INTO stations_dockreport AS known
        (dock_id, status, error_code, event_time, source_seq, received_at, status_since)
    SELECT dock_id, status, error_code, event_time, source_seq, received_at, event_time
    FROM ranked WHERE rank = 1 AND dock_id IS NOT NULL ORDER BY dock_id
    ON CONFLICT (dock_id) DO UPDATE
    SET status = excluded.status, error_code = excluded.error_code, event_time = excluded.event_time,
        source_seq = excluded.source_seq, received_at = excluded.received_at,
        status_since = CASE WHEN known.status = excluded.status THEN coalesce(known.status_since, known.event_time)
                            ELSE excluded.event_time END
    WHERE (known.event_time, known.source_seq) < (excluded.event_time, excluded.source_seq)
    RETURNING dock_id
), judged AS (
    SELECT id, CASE WHEN dock_id IS NULL THEN 'quarantined'
                    WHEN rank = 1 AND dock_id IN (SELECT dock_id FROM written) THEN 'applied'
                    ELSE 'stale' END AS outcome
    FROM ranked
), settled AS (
    UPDATE stations_devicemessage AS message
    SET outcome = judged.outcome,
        reason = CASE judged.outcome WHEN 'quarantined' THEN 'unknown_dock' WHEN 'stale' THEN 'older' ELSE '' END,
        payload = CASE judged.outcome WHEN 'quarantined' THEN message.payload ELSE {trace} END,
        resolved_at = CASE WHEN judged.outcome <> 'quarantined' THEN {now} END
    FROM judged WHERE message.id = judged.id
    RETURNING message.outcome
)
SELECT outcome, count(*) FROM settled GROUP BY outcome
"""

# A report that was applied or came too late has served: its id stays for ever, its content goes.
TRACE = """
jsonb_strip_nulls(jsonb_build_object(
    'digest', message.payload->'digest', 'positions_dropped', message.payload->'positions_dropped'))
"""


def apply_pending() -> Counter[str]:
    """Bring `DockReport` up to what the inbox holds. Any number of workers may do so at once."""
    return drain("apply_dock_reports", APPLY)


def drain(pulse: str, statement: str) -> Counter[str]:
    """Run `statement` batch by batch until the inbox is empty or the time is up; how many were applied, stale, …"""
    now, parameters = clock.sql()
    counts: Counter[str] = Counter(applied=0, stale=0, quarantined=0)
    stop_at = monotonic() + BUDGET_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(now=now, trace=TRACE), {"batch": BATCH, **parameters})
            done = dict(cursor.fetchall())
        counts.update(done)
        if sum(done.values()) < BATCH or monotonic() > stop_at:
            break
    pulses.tally(pulse, counts)
    return counts
