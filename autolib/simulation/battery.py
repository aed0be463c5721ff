"""What a Bluecar's lithium-metal-polymer battery does with its charge: it heats itself, so standing costs too."""

PERCENT_PER_KM = 0.58
PERCENT_PER_HOUR_UNPLUGGED = 1.5
SLOWEST_CHARGE, FASTEST_CHARGE = 10.0, 25.0  # percent per hour; posts and batteries differ
KM_WHEN_FULL = 100 / PERCENT_PER_KM


def after_drive(charge: float, *, km: float, hours: float) -> float:
    """Charge in percent after a drive; the battery also pays for the time without a plug."""
    return max(0.0, charge - km * PERCENT_PER_KM - hours * PERCENT_PER_HOUR_UNPLUGGED)


def after_charging(charge: float, *, hours: float, percent_per_hour: float) -> float:
    return min(100.0, charge + hours * percent_per_hour)


def km_left(charge: float) -> int:
    return int(charge * KM_WHEN_FULL / 100)


def percent_per_hour(*, of: str) -> float:
    """How fast this car charges: its own figure between the slowest and the fastest, the same at every start."""
    return SLOWEST_CHARGE + (FASTEST_CHARGE - SLOWEST_CHARGE) * (sum(of.encode()) % 16) / 15
