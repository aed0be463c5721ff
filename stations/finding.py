"""What people type, matched against names: the same for pages and programs.

It forgives: capitals, accents, the order of words, common abbreviations, letters left out, doubled or mistaken.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from stations.geography import distance_meters
from stations.models import Network
from stations.naming import title_of
from stations.search import plain

MOST_WORDS = 8
LONGEST = 100
SAME_PLACE_METERS = 1000
SPELLED_OUT = {"st": "saint", "ste": "sainte", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard"}
# These are also how longer words begin, so they are spelled out only once another word follows.
SPELLED_OUT_BEFORE_ANOTHER = {
    "av": "avenue", "ave": "avenue", "fg": "faubourg", "fbg": "faubourg", "gal": "general", "mal": "marechal",
    "pl": "place", "pte": "porte", "r": "rue", "sq": "square",
}  # fmt: skip

# Streets, postcodes and towns are those where a station stands: no other list of them is needed. At 1,119 stations this
# takes some 8 ms, and 25 ms to look for what is only nearly right, so nothing is stored for it; the network is named.
NAMED = """
WITH station AS (
    SELECT id, name, address, postal_code, city, search_text, latitude, longitude,
        regexp_replace(address, '^[0-9][0-9 ,/-]*((bis|ter|quater|[a-c])[ ,]+)?', '', 'i') AS street
    FROM stations_station WHERE network_id = %(network)s AND is_installed
), street AS (
    SELECT min(street) AS name, min(city) AS city, avg(latitude) AS latitude, avg(longitude) AS longitude,
        btrim(regexp_replace(lower(unaccent(street || ' ' || city)), '[^a-z0-9]+', ' ', 'g')) AS text
    FROM station WHERE street <> '' GROUP BY text, postal_code
), named AS (
    SELECT 'place' AS kind, 0 AS standing, name, '' AS detail, search_text AS text, latitude, longitude,
        NULL::bigint AS station_id
    FROM stations_place WHERE network_id = %(network)s
    UNION ALL SELECT 'city', 1, min(city), '', plain_city, avg(latitude), avg(longitude), NULL
    FROM (SELECT *, btrim(regexp_replace(lower(unaccent(city)), '[^a-z0-9]+', ' ', 'g')) AS plain_city
          FROM station WHERE city <> '') AS town GROUP BY plain_city
    UNION ALL SELECT 'postcode', 1, postal_code, min(city), postal_code, avg(latitude), avg(longitude), NULL
    FROM station WHERE postal_code <> '' GROUP BY postal_code
    UNION ALL SELECT 'street', 2, name, city, text, latitude, longitude, NULL FROM street
    UNION ALL SELECT 'station', 3, name,
        concat_ws(', ', nullif(address, ''), nullif(concat_ws(' ', postal_code, city), '')),
        search_text, latitude, longitude, id
    FROM station
), ranked AS (
    SELECT *, CASE WHEN text = %(asked)s THEN 0
                   WHEN text LIKE %(asked)s || '%%' THEN 1
                   WHEN text LIKE '%% ' || %(asked)s || '%%' THEN 2
                   WHEN ' ' || text || ' ' LIKE ALL (%(words)s::text[]) THEN 3
                   ELSE 4 END AS class
    FROM named
)
SELECT kind, name, detail, latitude, longitude, station_id FROM ranked
WHERE class < 4 OR %(forgiving)s AND word_similarity(%(asked)s, text) >= 0.45
    AND (SELECT avg(word_similarity(word, text)) FROM unnest(%(telling)s::text[]) AS word) > 0.4
ORDER BY class, CASE WHEN class = 4 THEN -round(word_similarity(%(asked)s, text)::numeric, 1) ELSE 0 END, standing,
    word_similarity(%(asked)s, text) DESC, similarity(%(asked)s, text) DESC, length(text), text, station_id
LIMIT %(limit)s
"""

# Half of all names have these words: they alone may not make two names alike.
TELL_NOTHING = {
    "a", "allee", "au", "aux", "avenue", "boulevard", "cours", "d", "de", "des", "du", "en", "et", "l", "la", "le",
    "les", "place", "quai", "rue", "square", "sur",
}  # fmt: skip

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Named:
    """Something with a name and a point: `kind` is place, city, postcode, street or station."""

    kind: str
    name: str
    detail: str
    latitude: float
    longitude: float
    station_id: int | None
    is_guess: bool = False

    def __post_init__(self) -> None:
        said = title_of(self.name) if self.kind == "station" else self.name[:1].upper() + self.name[1:]
        object.__setattr__(self, "name", said)

    def is_the_same_as(self, other: "Named") -> bool:
        """A square that is also the street of a station is one place to whoever looks for it."""
        if self.kind != "street" or other.kind != "place" or plain(self.name) != plain(other.name):
            return False
        return self.meters_to(other) < SAME_PLACE_METERS

    def meters_to(self, other: "Named") -> float:
        return distance_meters(
            from_latitude=self.latitude,
            from_longitude=self.longitude,
            to_latitude=other.latitude,
            to_longitude=other.longitude,
        )

    @property
    def label(self) -> str:
        """What to write into a search field so that this is found again."""
        return f"{self.name}, {self.detail}" if self.kind == "street" and self.detail else self.name


def named_like(query: str, *, network: Network, limit: int) -> list[Named]:
    """What the words may mean, best first; empty where nothing comes near. A guess is only nearly what was typed.

    A house number that no station bears is left out: the street is what is known.
    """
    words = words_of(query)
    without_number = words[1:] if len(words) > 1 and words[0].isdigit() else []
    for said, is_forgiving in ((words, False), (without_number, False), (without_number or words, True)):
        if said and (found := _distinct(said, network, limit, is_forgiving=is_forgiving)):
            return found
    return []


def _distinct(words: list[str], network: Network, limit: int, *, is_forgiving: bool) -> list[Named]:
    asked = " ".join(words)[:LONGEST]
    values: dict[str, Any] = {
        "network": network.pk,
        "asked": asked,
        "words": [f"% {word} %" if word.isdigit() and len(word) < 5 else f"% {word}%" for word in words],
        "forgiving": is_forgiving,
        "telling": [word for word in words if word not in TELL_NOTHING],
        "limit": 2 * limit,
    }
    found = _found(values, is_guess=is_forgiving)
    distinct: list[Named] = []
    for named in found:
        if not any(named.is_the_same_as(other) for other in distinct):
            distinct.append(named)
    return distinct[:limit]


def _found(values: dict[str, Any], *, is_guess: bool) -> list[Named]:
    with connection.cursor() as cursor:
        cursor.execute(NAMED, values)
        return [Named(*(*row, is_guess)) for row in cursor.fetchall()]


def words_of(query: str) -> list[str]:
    words = plain(query).split()[:MOST_WORDS]
    return [
        SPELLED_OUT.get(word) or (SPELLED_OUT_BEFORE_ANOTHER.get(word, word) if place < len(words) else word)
        for place, word in enumerate(words, start=1)
    ]


def with_all(rows: QuerySet[Row], words: list[str], *, column: str = "search_text") -> QuerySet[Row]:
    """Rows that have every word; none where there is no word."""
    for word in words:
        rows = rows.filter(**{f"{column}__contains": word})
    return rows if words else rows.none()
