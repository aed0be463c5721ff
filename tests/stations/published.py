"""Published station files as the tests write them: one good row, changed where a test says so."""

from collections.abc import Iterable

from stations.importing.rows import COLUMNS

GOOD = {
    "Address": "2 boulevard de Clichy",
    "Cars": "2",
    "Bluecar counter": "2",
    "Utilib counter": "1",
    "Utilib 1.4 counter": "0",
    "Charge Slots": "1",
    "Charging Status": "operational",
    "City": "Paris",
    "Displayed comment": "",
    "ID": "paris-clichy-2",
    "Kind": "STATION",
    "Geo point": "48.8823, 2.3396",
    "Postal code": "75018",
    "Public name": "Paris/Clichy/2",
    "Rental status": "operational",
    "Scheduled at": "",
    "Slots": "3",
    "Station type": "station",
    "Status": "ok",
    "Subscription status": "nonexistent",
}
HEADER = ";".join(COLUMNS)


def line(code: str = "paris-clichy-2", **changes: str) -> str:
    """One row; columns are named with underscores: `Geo_point="48.85, 2.35"`."""
    values = GOOD | {"ID": code} | {name.replace("_", " "): value for name, value in changes.items()}
    return ";".join(values[column] for column in COLUMNS)


def file_of(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def files_of(codes: Iterable[str]) -> bytes:
    return file_of(*(line(code) for code in codes))
