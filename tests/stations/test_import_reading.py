"""What a published file may look like, and what is refused of it: no database is needed to say so."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from stations.importing.rows import COLUMNS, BadRow, read_row
from stations.importing.tables import NotTheRightFile, read_table
from stations.importing.text import Unreadable, mend
from tests.stations.published import GOOD, HEADER, file_of, line


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


SQUARE = [[2.0, 48.5], [2.8, 48.5], [2.8, 49.1], [2.0, 49.1]]


def reason_for(**changes: str) -> str:
    values = GOOD | {name.replace("_", " "): value for name, value in changes.items()}
    with pytest.raises(BadRow) as caught:
        read_row(values, area=SQUARE)
    return str(caught.value)


def refusal_of(data: bytes) -> str:
    with pytest.raises(NotTheRightFile) as caught:
        read_table(data, COLUMNS)
    return str(caught.value)


def test_a_good_row_is_read_in_our_words() -> None:
    row = read_row(GOOD, area=SQUARE)

    assert (row.code, row.name, row.city) == ("paris-clichy-2", "Paris/Clichy/2", "Paris")
    assert (row.latitude, row.longitude) == (48.8823, 2.3396)
    assert (row.kind, row.status, row.capacity) == ("street", "open", 6)
    assert row.cars == {"bluecar": 2, "utilib": 1, "utilib-14": 0}


@pytest.mark.parametrize(
    ("status", "rental", "expected"),
    [
        ("ok", "operational", "open"),
        ("closed", "broken", "closed"),
        ("ok", "broken", "closed"),
        ("closed", "operational", "closed"),
        ("scheduled", "future", "scheduled"),
        ("closed", "nonexistent", "no_rental"),
    ],
)
def test_two_columns_make_one_status(status: str, rental: str, expected: str) -> None:
    row = read_row(GOOD | {"Status": status, "Rental status": rental}, area=[])

    assert row.status == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ID": ""}, "“ID” must be made of"),
        ({"ID": "paris clichy"}, "“ID” must be made of"),
        ({"ID": "x" * 101}, "“ID” must be made of"),
        ({"Public_name": "  "}, "“Public name” is missing"),
        ({"City": ""}, "“City” is missing"),
        ({"Public_name": "x" * 10_000}, "“Public name” is longer than 200"),
        ({"Address": "x" * 201}, "“Address” is longer than 200"),
        ({"Address": "12 rue\0"}, "“Address” is damaged"),
        ({"City": "Saint-Mand\ufffd"}, "“City” is damaged"),
        ({"Public_name": "Paris\u202e/2"}, "“Public name” is damaged"),
        ({"Geo_point": ""}, "“Geo point” is missing"),
        ({"Geo_point": "48.88"}, "“Geo point” must be"),
        ({"Geo_point": "nan, inf"}, "“Geo point” must be"),
        ({"Geo_point": "4.8e1, 2.3"}, "“Geo point” must be"),
        ({"Geo_point": "48,88, 2,33"}, "“Geo point” must be"),
        ({"Geo_point": "148.88, 2.33"}, "is not on earth"),
        ({"Geo_point": "2.3396, 48.8823"}, "lies outside the area"),
        ({"Geo_point": "0, 0"}, "lies outside the area"),
        ({"Slots": "three"}, "“Slots” must be a whole number"),
        ({"Slots": "-1"}, "“Slots” must be a whole number"),
        ({"Slots": "2.5"}, "“Slots” must be a whole number"),
        ({"Slots": ""}, "“Slots” must be a whole number"),
        ({"Slots": "٣"}, "“Slots” must be a whole number"),
        ({"Slots": "999"}, "more than the 100"),
        ({"Cars": "3"}, "must be the same"),
        ({"Kind": "station"}, "“Kind” is “station”; known are"),
        ({"Status": "open"}, "“Status” is “open”; known are"),
        ({"Rental_status": ""}, "“Rental status” is “”; known are"),
        ({"Charging_Status": "operationnal"}, "“Charging Status” is “operationnal”"),
        ({"Station_type": "kiosk"}, "“Station type” is “kiosk”"),
        ({"Subscription_status": "yes"}, "“Subscription status” is “yes”"),
        ({"Postal_code": "7501"}, "“Postal code” must have five digits"),
        ({"Scheduled_at": "soon"}, "“Scheduled at” must be a date"),
        ({"Scheduled_at": "2016-13-41T00:00:00"}, "“Scheduled at” must be a date"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_column(changes: dict[str, str], sentence: str) -> None:
    assert sentence in reason_for(**changes)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\n", "empty"),
        (b'{"records": []}', "JSON"),
        (b"<!doctype html><title>503</title>", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a text file"),
        (b"PK\x03\x04rest of a spreadsheet", "not a text file"),
        ("Address;Cars".encode("utf-16"), "UTF-16"),
        (file_of(line()).replace(b";", b","), "separated by “,”"),
        (file_of(line()).replace(b";", b"\t"), "separated by “TAB”"),
        (b"name;place\nA;B\n", "columns are missing: Address, Cars"),
        (file_of(line(), header=HEADER + ";Cars"), "there twice: Cars"),
        (file_of(), "no rows"),
        (file_of(line(City="Créteil"), line(City="Sèvres")).decode().encode("latin-1"), "not in UTF-8"),
    ],
)
def test_a_file_that_is_something_else_is_refused_whole(data: bytes, sentence: str) -> None:
    assert sentence in refusal_of(data)


def test_a_broken_row_costs_one_row() -> None:
    rows = [
        line("first", City="Créteil").encode(),
        line("second").encode().replace(b"Paris;", b"Cr\xe9teil;"),
        b"too;few",
        line("fourth").encode() + b";one more",
        b'"never closed;' + line("fifth").encode(),
        line("sixth", City="Sèvres").encode(),
    ]

    records, problems = read_table(b"\n".join([HEADER.encode(), *rows]), COLUMNS)

    assert [(record.line, record.values["ID"]) for record in records] == [(2, "first"), (7, "sixth")]
    assert [(problem.line, problem.reason) for problem in problems] == [
        (3, "broken encoding: the row is not in UTF-8"),
        (4, "2 columns instead of 20"),
        (5, "21 columns instead of 20"),
        (6, "a quotation mark is opened and not closed properly"),
    ]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_byte_order_mark_line_ends_and_blank_lines_do_not_matter(start: bytes, end: bytes) -> None:
    data = start + file_of(line("one"), "", line("two")).replace(b"\n", end)

    records, problems = read_table(data, COLUMNS)

    assert [(record.line, record.values["ID"]) for record in records] == [(2, "one"), (4, "two")]
    assert problems == []


def test_columns_may_stand_in_any_order_and_quotes_may_hold_line_breaks() -> None:
    header = ";".join([*reversed(COLUMNS), "more"])
    values = GOOD | {"Displayed comment": '"Parking;\nniveau ""-1"""'}
    row = ";".join([*(values[column] for column in reversed(COLUMNS)), "ignored"])

    records, problems = read_table(file_of(row, row, header=header), COLUMNS)

    assert problems == []
    assert [record.line for record in records] == [2, 4]
    assert read_row(records[0].values, area=[]).access_note == 'Parking; niveau "-1"'


@pytest.mark.parametrize(
    ("damaged", "mended"),
    [
        ("CrÃ©teil", "Créteil"),
        ("Créteil CrÃ©teil", "Créteil Créteil"),
        ("LeÌ\x81on Blum", "Léon Blum"),
        ("Paris/S\x9cur Rosalie/4", "Paris/Sœur Rosalie/4"),
        ("SÅ“ur", "Sœur"),
        ("Ã\xa0 gauche", "à gauche"),
        ("rue dâ€™Alsace", "rue d’Alsace"),
        ("  two\t spaces\xa0 ", "two spaces"),
        ("«CAFÉ» 🚗", "«CAFÉ» 🚗"),
        ("'; DROP TABLE stations_station; --", "'; DROP TABLE stations_station; --"),
    ],
)
def test_known_damage_is_mended_and_nothing_else(damaged: str, mended: str) -> None:
    assert mend(damaged) == mended


@given(st.text(st.sampled_from("abcé àâçèêëîïôùûüœÉÀŒ’–«»°/-1")))
def test_french_survives_double_encoding_and_is_otherwise_left_alone(text: str) -> None:
    plain = " ".join(text.split())

    doubly = "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in plain.encode()
    )

    assert mend(plain) == plain
    assert mend(doubly) == plain


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(rubbish: bytes) -> None:
    for data in (rubbish, HEADER.encode() + b"\n" + rubbish, file_of(line()) + rubbish):
        try:
            records, _problems = read_table(data, COLUMNS)
        except NotTheRightFile:
            continue
        for record in records:
            try:
                read_row(record.values, area=SQUARE)
            except BadRow:
                continue


@given(st.text())
def test_mended_text_can_be_stored_and_is_stable(text: str) -> None:
    try:
        mended = mend(text)
    except Unreadable:
        return

    assert "\0" not in mended
    assert mend(mended) == mended
