"""What comes in, strictly: a wrong type is refused by the field's name, an unknown name is refused too."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

BIGGEST_ID = 2**63 - 1
LONGEST_NAME_SHOWN = 60


class Strict(serializers.Serializer[Any]):
    """Refuses what it does not know. `also` is what JSON Schema can say beside the fields."""

    also: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise ValidationError({name[:LONGEST_NAME_SHOWN]: [_("There is no such field here.")] for name in unknown})
        return super().to_internal_value(data)


class Nothing(Strict):
    """No field at all."""


class Text(serializers.CharField):
    """A JSON string; numbers and booleans are not turned into one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Email(serializers.EmailField, Text):
    pass


class Id(serializers.IntegerField):
    """The number of a row, as a JSON integer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST_ID, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Truth(serializers.BooleanField):
    """`true` or `false`, nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class QueryNumber(serializers.IntegerField):
    """Plain digits in an address."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", str(data)):
            self.fail("invalid")
        return int(data)


class Point(NamedTuple):
    lat: float
    lon: float


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float


NUMBER = r"-?[0-9]{1,3}(\.[0-9]{1,16})?"


def pattern_of(form: str) -> str:
    """One number for each name in `form`."""
    return ",".join([NUMBER] * (form.count(",") + 1))


class QueryNumbers(serializers.CharField):
    """A fixed count of decimal numbers, separated by commas."""

    default_error_messages = {"numbers": _("Write %(form)s, as decimal numbers separated by commas.")}
    form = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=120, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not re.fullmatch(pattern_of(self.form), text):
            self.refuse()
        return self.made_of([float(part) for part in text.split(",")])

    def made_of(self, numbers: list[float]) -> Any:
        raise NotImplementedError

    def refuse(self) -> None:
        raise ValidationError(self.error_messages["numbers"] % {"form": self.form})


@extend_schema_field({"type": "string", "pattern": f"^{pattern_of('latitude,longitude')}$"})
class QueryPoint(QueryNumbers):
    form = "latitude,longitude"

    def made_of(self, numbers: list[float]) -> Point:
        point = Point(*numbers)
        if abs(point.lat) > 90 or abs(point.lon) > 180:
            self.refuse()
        return point


@extend_schema_field({"type": "string", "pattern": f"^{pattern_of('west,south,east,north')}$"})
class QueryBox(QueryNumbers):
    form = "west,south,east,north"

    def made_of(self, numbers: list[float]) -> Box:
        box = Box(*numbers)
        if not (-180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90):
            self.refuse()
        return box


def read_query(shape: type[Strict], parameters: Any) -> dict[str, Any]:
    """The query string by its serializer; a parameter given twice is refused, for nobody can say which one counts."""
    for name, values in parameters.lists():
        if len(values) > 1:
            raise ValidationError({name[:LONGEST_NAME_SHOWN]: [_("Give this parameter once.")]})
    return read(shape, parameters.dict())


def read(shape: type[Strict], data: Any) -> dict[str, Any]:
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
