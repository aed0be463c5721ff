"""GET me: who the caller is to us."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import Subscriber
from accounts.operations import current_subscription
from autolib.api import booking_rows
from autolib.api.answers import instant
from autolib.api.booking_shapes import EXAMPLE as EXAMPLE_BOOKING
from autolib.api.booking_shapes import BookingShape, show
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import subscriber_of

EXAMPLE = {
    "email": "anne@example.org",
    "full_name": "Anne Dupont",
    "language": "fr",
    "subscriber": {
        "reference": "6d5d2a0e-8f0b-4c0e-8a5b-3a2f1c9d7e10",
        "network": "paris",
        "is_blocked": False,
    },
    "subscription": {
        "plan": "year",
        "name": "1 an",
        "starts_at": "2026-01-01T08:00:00.000000Z",
        "ends_at": "2027-01-01T08:00:00.000000Z",
    },
    "booking": EXAMPLE_BOOKING,
}


class SubscriberShape(serializers.Serializer[Any]):
    reference = serializers.UUIDField(help_text="How the event log names you.")
    network = serializers.CharField()
    is_blocked = serializers.BooleanField()


class SubscriptionShape(serializers.Serializer[Any]):
    plan = serializers.CharField()
    name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class Me(serializers.Serializer[Any]):
    email = serializers.EmailField()
    full_name = serializers.CharField()
    language = serializers.CharField()
    subscriber = SubscriberShape(allow_null=True, help_text="Null for somebody who only operates a network.")
    subscription = SubscriptionShape(allow_null=True, help_text="The one that is valid now.")
    booking = BookingShape(allow_null=True, help_text="The booking that is open now.")


def show_subscription(subscriber: Subscriber) -> dict[str, Any] | None:
    subscription = current_subscription(subscriber)
    if subscription is None:
        return None
    return {
        "plan": subscription.plan.code,
        "name": subscription.plan.name,
        "starts_at": instant(subscription.during.lower),
        "ends_at": instant(subscription.during.upper),
    }


def show_open_booking(subscriber: Subscriber) -> dict[str, Any] | None:
    row = booking_rows.open_one(subscriber=subscriber.pk)
    return show(row) if row else None


class MeView(Resource):
    @operation("me", answer=Me, example=EXAMPLE)
    def get(self, request: Request) -> HttpResponse:
        """You: your subscription and your open booking."""
        user = request.user
        subscriber = subscriber_of(user)
        body: dict[str, Any] = {
            "email": user.email,
            "full_name": user.full_name,
            "language": user.language,
            "subscriber": None,
            "subscription": None,
            "booking": None,
        }
        if subscriber is not None:
            body["subscriber"] = {
                "reference": str(subscriber.reference),
                "network": subscriber.network.slug,
                "is_blocked": subscriber.is_blocked,
            }
            body["subscription"] = show_subscription(subscriber)
            body["booking"] = show_open_booking(subscriber)
        return self.show(body)
