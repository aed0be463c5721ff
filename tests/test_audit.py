"""The audit finds what is broken: each invariant is broken on purpose once, by hand and without its guard."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from bookings import operations
from bookings.audit import audit
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories


@pytest.fixture
def booking(bastille: Station, nation: Station, paris: Network) -> Booking:
    anne = factories.subscriber(paris, "Anne")
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")


def broken() -> set[str]:
    return {finding["sentence"] for finding in findings() if finding["violations"]}


def findings() -> list[dict[str, object]]:
    """Like `audit`, inside the test's own transaction."""
    from bookings.audit import INVARIANTS

    with connection.cursor() as cursor:
        return [
            {"sentence": invariant.sentence, "violations": len(invariant.broken_by(cursor))} for invariant in INVARIANTS
        ]


BREAKS = {
    "No car is claimed twice, over all history.": """
        ALTER TABLE bookings_booking DROP CONSTRAINT no_car_is_claimed_twice;
        INSERT INTO bookings_booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),
        'state', 'cancelled', 'ended_at', clock_timestamp(), 'end_cause', 'customer'))).* FROM bookings_booking b""",
    "Versions are dense: as many events as the version says, and the last is the version.": """
        ALTER TABLE stations_event DISABLE TRIGGER USER;
        DELETE FROM stations_event WHERE aggregate = 'dock'""",
    "The last event of a car tells where it stands, whether it is in service and who has it.": """
        ALTER TABLE vehicles_vehicle DISABLE TRIGGER USER;
        UPDATE vehicles_vehicle SET dock_id = NULL WHERE version = 1""",
    "No hold outlives its time by more than 30 seconds without being tidied.": """
        UPDATE bookings_booking SET reserved_at = reserved_at - interval '2 hours',
        held_until = held_until - interval '2 hours',
        during = tstzrange(lower(during) - interval '2 hours', upper(during) - interval '2 hours')""",
    "Nobody is left for longer than a minute on a station that is closed.": """
        ALTER TABLE stations_station DISABLE TRIGGER USER;
        UPDATE stations_station SET is_renting = false, is_returning = false;
        UPDATE bookings_booking SET reserved_at = reserved_at - interval '2 minutes'""",
    "Every idempotency key has its answer.": """
        INSERT INTO accounts_idempotencyrecord (principal, key, fingerprint, created_at)
        VALUES ('user:1', 'k', 'f', clock_timestamp())""",
    "Positions of the feed have no gap.": "UPDATE stations_event SET position = 7 WHERE aggregate = 'dock'",
    "The rules in force are what the newest of their versions say.": """
        INSERT INTO stations_ruleversion (network_id, valid_from, values, replaced, reason, proposed_by, proposed_at,
        approved_by, applied_at) SELECT id, clock_timestamp(), '{"car_hold_seconds": 1500}', '{}', 'x', 'operator:1',
        clock_timestamp(), '', clock_timestamp() FROM stations_network""",
    "No planned rules wait more than 30 seconds beyond their time.": """
        INSERT INTO stations_ruleversion (network_id, valid_from, values, replaced, reason, proposed_by, proposed_at,
        approved_by) SELECT id, clock_timestamp() - interval '1 minute', '{"car_hold_seconds": 1500}', '{}', 'x',
        'operator:1', clock_timestamp(), '' FROM stations_network""",
    "No live dock hold stands on an occupied dock for longer than the car took to arrive.": """
        ALTER TABLE vehicles_vehicle DISABLE TRIGGER USER;
        UPDATE vehicles_vehicle SET dock_id = (SELECT dock_id FROM bookings_dockhold) WHERE version = 0""",
}


def test_a_healthy_world_is_clean(booking: Booking) -> None:
    assert broken() == set()


@pytest.mark.parametrize("sentence", BREAKS, ids=lambda sentence: sentence[:40])
def test_a_broken_world_is_seen(sentence: str, booking: Booking) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(BREAKS[sentence])

    assert sentence in broken()


@pytest.mark.django_db(transaction=True)
def test_the_command_answers_in_json_and_by_its_status() -> None:
    paris = factories.network()
    station = factories.station(paris, "Bastille", cars=[90])
    operations.reserve(subscriber=factories.subscriber(paris), station=station, actor="test")
    out = StringIO()

    call_command("audit", json=True, stdout=out)

    document = json.loads(out.getvalue())
    assert document["is_clean"] is True
    assert len(document["invariants"]) == len(audit())

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vehicles_vehicle DISABLE TRIGGER USER; UPDATE vehicles_vehicle SET version = 5;")
        cursor.execute("ALTER TABLE vehicles_vehicle ENABLE TRIGGER USER")
    with pytest.raises(SystemExit, match="1"):
        call_command("audit", json=True, stdout=StringIO())


@pytest.mark.django_db
def test_the_auditor_sees_occupancy_but_no_person(booking: Booking) -> None:
    call_command("grant_roles", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE autolib_auditor")
        cursor.execute("SELECT kind, ref, period FROM audit_occupancy ORDER BY kind")
        assert [row[0] for row in cursor.fetchall()] == ["hold_car", "hold_dock"]
        cursor.execute("SELECT has_table_privilege('accounts_user', 'SELECT')")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
def test_the_application_can_neither_rewrite_history_nor_tables(booking: Booking) -> None:
    call_command("grant_roles", stdout=StringIO())
    privileges = {
        "stations_event": {"SELECT": True, "INSERT": True, "DELETE": False, "TRUNCATE": False},
        "stations_trace": {"INSERT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False},
        "stations_traceseal": {"INSERT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False},
        "stations_ruleversion": {"INSERT": True, "UPDATE": True, "DELETE": False, "TRUNCATE": False},
        "stations_proposal": {"INSERT": True, "UPDATE": True, "DELETE": False, "TRUNCATE": False},
        "bookings_booking": {"SELECT": True, "UPDATE": True, "TRUNCATE": False},
        "vehicles_vehicle": {"UPDATE": True, "MAINTAIN": True, "TRUNCATE": False},
    }
    with connection.cursor() as cursor:
        for table, expected in privileges.items():
            for privilege, is_granted in expected.items():
                cursor.execute("SELECT has_table_privilege('autolib_app', %s, %s)", [table, privilege])
                assert cursor.fetchone() == (is_granted,), (table, privilege)
        cursor.execute("SELECT has_schema_privilege('autolib_app', 'public', 'CREATE')")
        assert cursor.fetchone() == (False,)
