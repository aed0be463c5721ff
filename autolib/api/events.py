"""GET events: everything that changed, once and in order, for who audits the service."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import ApiToken
from autolib.api.answers import instant
from autolib.api.cursors import Cursor, encoded
from autolib.api.fields import QueryNumber, Strict
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import events_visible_to
from stations import events
from stations.models import Event

USUAL, LARGEST = 100, 1000
EXAMPLE = {
    "network": "paris",
    "agg": "vehicle",
    "agg_id": 4711,
    "version": 42,
    "type": "reservation_start",
    "ref": "0f8b8f0e-5a55-4f0e-9a53-1d3f6a0c7b11",
    "actor": "subscriber:6d5d2a0e-8f0b-4c0e-8a5b-3a2f1c9d7e10",
    "occurred_at": "2026-03-14T09:30:00.123456Z",
    "recorded_at": "2026-03-14T09:30:00.123456Z",
    "data": {
        "held_until": "2026-03-14T10:00:00.123456+00:00",
        "state": {
            "dock": 60,
            "is_in_service": True,
            "booking": "0f8b8f0e-5a55-4f0e-9a53-1d3f6a0c7b11",
            "phase": "reserved",
        },
    },
}


class EventQuery(Strict):
    after = Cursor(int, help_text="The `next` of the answer before; without it, from the very beginning.")
    limit = QueryNumber(min_value=1, max_value=LARGEST, default=USUAL, help_text="How many at most in one answer.")


class EventShape(serializers.Serializer[Any]):
    network = serializers.CharField()
    agg = serializers.CharField(help_text="What changed: `vehicle`, `dock`, `station` or `field_task`.")
    agg_id = serializers.IntegerField(help_text="Its id.")
    version = serializers.IntegerField(help_text="Dense for each aggregate: 1, 2, 3 …")
    type = serializers.CharField(help_text="MDS words where there is one.")
    ref = serializers.UUIDField(allow_null=True, help_text="The booking that this belongs to.")
    actor = serializers.CharField(help_text="`subscriber:…`, `operator:…`, `device:…` or `system`.")
    occurred_at = serializers.DateTimeField(help_text="When it was true.")
    recorded_at = serializers.DateTimeField(help_text="When it was written down.")
    data = serializers.JSONField(help_text="What else is known; `state` is the aggregate after the change.")


class EventPage(serializers.Serializer[Any]):
    events = EventShape(many=True)
    next = serializers.CharField(help_text="Ask with `after` set to this for what comes next. Always present.")


FIELDS = (
    "network__slug",
    "aggregate",
    "aggregate_id",
    "version",
    "type",
    "ref",
    "actor",
    "occurred_at",
    "recorded_at",
    "data",
    "position",
)


def show(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "network": event["network__slug"],
        "agg": event["aggregate"],
        "agg_id": event["aggregate_id"],
        "version": event["version"],
        "type": event["type"],
        "ref": str(event["ref"]) if event["ref"] else None,
        "actor": event["actor"],
        "occurred_at": instant(event["occurred_at"]),
        "recorded_at": instant(event["recorded_at"]),
        "data": event["data"],
    }


class EventsView(Resource):
    scopes = frozenset({ApiToken.Scope.AUDIT})
    accepts_session = False

    @operation("events", answer=EventPage, query=EventQuery, example={"events": [EXAMPLE], "next": "WzQyXQ=="})
    def get(self, request: Request) -> HttpResponse:
        """The event log.

        Every change of a car, a dock, a station or a field task of your networks, once, in the order of each one's
        `version`. Nothing ever appears behind a cursor that was given out. Needs a token with the scope `audit`; people
        appear as opaque references.
        """
        after, limit = self.query.get("after", [0])[0], self.query["limit"]
        with transaction.atomic(durable=True):
            events.sequence()
        # Read before the page: what is placed up to here is all in the page's snapshot, also where other networks' is.
        last = Event.objects.aggregate(last=Max("position"))["last"] or 0
        found = list(
            events_visible_to(request.user).filter(position__gt=after).order_by("position").values(*FIELDS)[:limit]
        )
        reached = found[-1]["position"] if found else after
        position = reached if len(found) == limit else max(reached, last)
        return self.show({"events": [show(event) for event in found], "next": encoded(position)})
