import pytest

from autolib.simulation import battery


def test_a_mean_trip_costs_about_six_percent() -> None:
    after = battery.after_drive(80, km=9, hours=38.5 / 60)

    assert after == pytest.approx(80 - 5.22 - 0.9625)


def test_a_car_left_standing_is_empty_after_67_hours() -> None:
    assert battery.after_drive(100, km=0, hours=66) > 0
    assert battery.after_drive(100, km=0, hours=67) == 0


def test_a_car_charges_at_a_rate_of_its_own_and_never_beyond_full() -> None:
    rates = {battery.percent_per_hour(of=f"AB-{number:03}-CD") for number in range(200)}

    assert min(rates) >= 10
    assert max(rates) <= 25
    assert len(rates) > 5
    assert battery.after_charging(50, hours=2, percent_per_hour=15) == 80
    assert battery.after_charging(90, hours=2, percent_per_hour=15) == 100


def test_what_is_left_is_told_in_kilometers() -> None:
    assert battery.km_left(100) == 172
    assert battery.km_left(55) == 94
