"""GET clock: the one clock by which holds begin and end."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.answers import instant
from autolib.api.resource import PublicResource
from autolib.api.schema import operation
from stations import clock


class Time(serializers.Serializer[Any]):
    now = serializers.DateTimeField(help_text="The database's time, UTC, microseconds.")


class ClockView(PublicResource):
    @operation("clock", answer=Time, example={"now": "2026-03-14T09:26:53.589793Z"})
    def get(self, request: Request) -> HttpResponse:
        """The time by which everything here is judged.

        Compare it with your own clock to show a countdown that is right.
        """
        return self.show({"now": instant(clock.now())}, cache="no-store")
