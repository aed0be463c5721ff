"""How a station is called on a plaque. The published file says “Paris/Ordener/65”; a person says “Ordener 65”."""

import re

CAR_PARK = re.compile(r"\Aparking ?(\d*)\Z", re.IGNORECASE)


def title_of(name: str) -> str:
    """`"Paris/Ordener/65"` is “Ordener 65”, `"Paris/Lobau/Parking"` is “Lobau · parking”; other names stay."""
    parts = name.split("/")
    if len(parts) != 3 or not all(part.strip() for part in parts):
        return name
    _town, where, which = (part.strip() for part in parts)
    car_park = CAR_PARK.match(which)
    if car_park is None:
        return f"{where} {which}"
    return f"{where} · parking {car_park[1]}".rstrip()
