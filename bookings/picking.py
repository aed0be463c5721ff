"""The hot path of a reservation in hand-written SQL: lock one of several, then look at what was locked.

See `stations.rows` for why it is written by hand.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from accounts.models import Subscriber
from bookings.availability import CAR_IS_FREE, CARS, DOCK_IS_FREE, DOCKS
from bookings.refusals import NotFound
from stations.models import Dock, Network, Station
from stations.rows import Columns, rows
from vehicles.models import Vehicle, VehicleReport, VehicleType

VEHICLE, TYPE = Columns(Vehicle, "vehicle"), Columns(VehicleType, "type")
REPORT, NETWORK = Columns(VehicleReport, "report"), Columns(Network, "network")
DOCK, STATION = Columns(Dock, "dock"), Columns(Station, "station")

PICK_CAR = f"""
SELECT vehicle.id FROM {CARS}
WHERE dock.station_id = %(station)s AND vehicle.id <> ALL(%(seen)s) AND {CAR_IS_FREE}
ORDER BY report.charge_percent DESC, vehicle.id LIMIT 1 FOR NO KEY UPDATE OF vehicle
"""  # noqa: S608
PICK_DOCK = f"""
SELECT dock.id FROM {DOCKS}
WHERE dock.station_id = %(station)s AND dock.id <> ALL(%(seen)s) AND {DOCK_IS_FREE}
ORDER BY dock.number LIMIT 1 FOR NO KEY UPDATE OF dock
"""  # noqa: S608
LOCK_CARS = "SELECT id FROM vehicles_vehicle WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
LOOK_AT_CARS = f"""
SELECT coalesce({CAR_IS_FREE}, false) AS is_free, {VEHICLE.sql}, {TYPE.sql}, {NETWORK.sql},
    {REPORT.sql}, {DOCK.sql}, {STATION.sql}
FROM vehicles_vehicle AS vehicle
JOIN vehicles_vehicletype AS type ON type.id = vehicle.vehicle_type_id
JOIN stations_network AS network ON network.id = vehicle.network_id
LEFT JOIN vehicles_vehiclereport AS report ON report.vehicle_id = vehicle.id
LEFT JOIN stations_dock AS dock ON dock.id = vehicle.dock_id
LEFT JOIN stations_station AS station ON station.id = dock.station_id
WHERE vehicle.id = ANY(%(ids)s)
"""  # noqa: S608
LOOK_AT_FREE_DOCK = f"""
SELECT {DOCK.sql}, {STATION.sql} FROM {DOCKS} WHERE dock.id = %(id)s AND {DOCK_IS_FREE}
"""  # noqa: S608
LOCK_SUBSCRIBER = f"""
SELECT subscriber.is_blocked, {NETWORK.sql} FROM accounts_subscriber AS subscriber
JOIN stations_network AS network ON network.id = subscriber.network_id
WHERE subscriber.id = %(id)s FOR NO KEY UPDATE OF subscriber
"""  # noqa: S608
# One reading of the clock for all that follows, and whether anything stands in the way: both after the locks.
SITUATION = """
WITH clock AS MATERIALIZED (SELECT {now} AS at)
SELECT at,
    (SELECT id FROM accounts_subscription WHERE subscriber_id = %(subscriber)s AND during @> at ORDER BY id LIMIT 1),
    EXISTS (SELECT FROM bookings_booking WHERE state IN ('reserved', 'on_trip')
            AND (vehicle_id = ANY(%(cars)s) OR subscriber_id = %(subscriber)s)),
    EXISTS (SELECT FROM bookings_dockhold WHERE state = 'held' AND dock_id = ANY(%(docks)s))
FROM clock
"""
IS_TAKEN_BY_ANOTHER = """
SELECT EXISTS (SELECT FROM bookings_booking WHERE vehicle_id = %(car)s AND state IN ('reserved', 'on_trip')
               AND (upper_inf(during) OR upper(during) > {now}))
   AND NOT EXISTS (SELECT FROM bookings_booking WHERE subscriber_id = %(subscriber)s
                   AND state IN ('reserved', 'on_trip') AND (upper_inf(during) OR upper(during) > {now}))
"""
# In a rush every rival tries the best car first, so that several picks in a row may come too late.
PICKS = 40


def lock_cars(ids: Iterable[int]) -> dict[int, Vehicle]:
    """Lock, then look: a row that changed while we waited would otherwise come back joined to what it was before."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CARS, [wanted])
    return {vehicle.pk: vehicle for vehicle, _is_free in look_at_cars(wanted)}


def look_at_cars(ids: list[int]) -> list[tuple[Vehicle, bool]]:
    """Cars with their type, network, report, dock and station; and whether each could be reserved."""
    found = []
    for is_free, *values in rows(LOOK_AT_CARS, ids=ids):
        vehicle, rest = VEHICLE.read(values)
        vehicle.vehicle_type, rest = TYPE.read(rest)
        vehicle.network, rest = NETWORK.read(rest)
        report, rest = REPORT.read(rest)
        if report is not None:
            vehicle.report = report
        dock, rest = DOCK.read(rest)
        if dock is not None:
            dock.station, rest = STATION.read(rest)
            dock.station.network = vehicle.network
            vehicle.dock = dock
        found.append((vehicle, is_free))
    return found


def pick_car(station: Station, *, may_wait: bool) -> Vehicle | None:
    """Lock the best free car of the station: most charge first."""
    for pk in _picks(PICK_CAR, station, may_wait):
        for vehicle, is_free in look_at_cars([pk]):
            if is_free and vehicle.dock is not None and vehicle.dock.station_id == station.pk:
                return vehicle
    return None


def pick_dock(station: Station, *, may_wait: bool) -> Dock | None:
    """Lock a free dock of the station. A claim on it begins at a reading of the clock after this, never before."""
    for pk in _picks(PICK_DOCK, station, may_wait):
        for values in rows(LOOK_AT_FREE_DOCK, id=pk):
            dock, rest = DOCK.read(values)
            dock.station, _rest = STATION.read(rest)
            found: Dock = dock
            return found
    return None


def is_dock_free(dock_id: int, *, at: datetime) -> bool:
    return bool(rows(LOOK_AT_FREE_DOCK, at=at, id=dock_id))


def _picks(statement: str, station: Station, may_wait: bool) -> Iterable[int]:
    """Lock one candidate after the other; the caller looks again, for the pick saw claims from before the lock."""
    seen: list[int] = []
    for way in (" SKIP LOCKED", "") if may_wait else (" SKIP LOCKED",):
        for _ in range(PICKS):
            picked = rows(statement + way, station=station.pk, seen=seen)
            if not picked:
                break
            seen.append(picked[0][0])
            yield picked[0][0]


def lock_subscriber(subscriber: Subscriber) -> Subscriber:
    """Lock the row; the instance carries what it and the network's rules say now."""
    for is_blocked, *network in rows(LOCK_SUBSCRIBER, id=subscriber.pk):
        subscriber.is_blocked = is_blocked
        subscriber.network, _rest = NETWORK.read(network)
        return subscriber
    raise NotFound


def is_taken_by_another(car_id: int, subscriber_id: int) -> bool:
    """A no that needs no lock, so that a crowd before one car does not queue for it."""
    return bool(rows(IS_TAKEN_BY_ANOTHER, car=car_id, subscriber=subscriber_id)[0][0])


def situation(
    *, subscriber_id: int, car_ids: list[int], dock_ids: list[int]
) -> tuple[datetime, int | None, bool, bool]:
    """The instant, the subscription valid then, whether any booking is open on car or person, any hold on the dock."""
    at, subscription_id, has_bookings, has_holds = rows(
        SITUATION, subscriber=subscriber_id, cars=car_ids, docks=dock_ids
    )[0]
    return at, subscription_id, has_bookings, has_holds
