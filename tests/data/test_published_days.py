"""Loaded as history, the real days of 2018 give back what was published of them."""

from datetime import date
from pathlib import Path

import pytest
from django.db.models import Sum

from bookings.figures import compute_day
from bookings.models import NetworkDay, StationDay
from stations.models import Network
from tests.data.history import load, published_days

pytestmark = [pytest.mark.data, pytest.mark.django_db]

# A Saturday, the Sunday of 23 hours, a Monday.
DAYS = [date(2018, 3, 24), date(2018, 3, 25), date(2018, 3, 26)]
TOTALS = [(16_988, 16_889), (14_881, 15_244), (10_733, 10_706)]


def test_the_sums_of_each_day_and_postcode_come_back(paris: Network, published_files: Path) -> None:
    published = published_days(published_files)
    load(paris, [published[day] for day in DAYS])

    for day in DAYS:
        compute_day(network=paris, date=day)

    for day in DAYS:
        of_stations = StationDay.objects.filter(network=paris, date=day)
        found = {row[0]: row[1:] for row in of_stations.values_list("station__code", "departures", "arrivals")}
        assert found == {row.postcode: (row.taken, row.returned) for row in published[day]}
        assert NetworkDay.objects.get(date=day).trips == sum(row.returned for row in published[day])
    vaugirard = StationDay.objects.filter(station__code="75015").order_by("date")
    assert [len(row.arrivals_by_hour) for row in vaugirard] == [24, 23, 24]
    # As counted by hand in the file.
    sums = StationDay.objects.values("date").order_by("date").annotate(Sum("departures"), Sum("arrivals"))
    assert [(row["departures__sum"], row["arrivals__sum"]) for row in sums] == TOTALS
