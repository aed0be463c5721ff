"""Plain great-circle arithmetic: exact enough for a city, no extension of the database needed."""

from collections.abc import Iterable
from math import asin, ceil, cos, pi, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS_METERS = 6_371_008.8
METERS_PER_DEGREE = EARTH_RADIUS_METERS * pi / 180
# Streets are not straight: a walk in a dense city is about 1.3 times the straight line, at about 75 meters a minute.
DETOUR = 1.3
WALKING_METERS_PER_MINUTE = 75


class Box(NamedTuple):
    south: float
    west: float
    north: float
    east: float


def distance_meters(*, from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Great-circle distance (haversine)."""
    half_lat = radians(to_latitude - from_latitude) / 2
    half_lon = radians(to_longitude - from_longitude) / 2
    chord = sin(half_lat) ** 2 + cos(radians(from_latitude)) * cos(radians(to_latitude)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_METERS * asin(min(1.0, sqrt(chord)))


def nearest_first(
    points: Iterable[tuple[int, float, float]], *, latitude: float, longitude: float
) -> list[tuple[float, int]]:
    """(id, latitude, longitude) of each point as (meters, id), near to far."""
    return sorted(
        (
            distance_meters(
                from_latitude=latitude, from_longitude=longitude, to_latitude=to_latitude, to_longitude=to_longitude
            ),
            pk,
        )
        for pk, to_latitude, to_longitude in points
    )


def walking_minutes(meters: float) -> int:
    """Whole minutes on foot for a straight-line distance; 1 at the least."""
    return max(1, ceil(meters * DETOUR / WALKING_METERS_PER_MINUTE))


def box_around(*, latitude: float, longitude: float, meters: float) -> Box:
    """The smallest box of latitudes and longitudes that holds the circle."""
    half_height = meters / METERS_PER_DEGREE
    half_width = meters / (METERS_PER_DEGREE * max(0.01, cos(radians(latitude))))
    return Box(latitude - half_height, longitude - half_width, latitude + half_height, longitude + half_width)


def is_inside(*, latitude: float, longitude: float, ring: list[list[float]]) -> bool:
    """Whether the point lies in the polygon given as a closed or open ring of [longitude, latitude] (GeoJSON order)."""
    inside = False
    previous_longitude, previous_latitude = ring[-1][:2]
    for ring_longitude, ring_latitude in (point[:2] for point in ring):
        crosses = (ring_latitude > latitude) != (previous_latitude > latitude)
        if crosses:
            at = ring_longitude + (latitude - ring_latitude) / (previous_latitude - ring_latitude) * (
                previous_longitude - ring_longitude
            )
            inside ^= longitude < at
        previous_longitude, previous_latitude = ring_longitude, ring_latitude
    return inside
