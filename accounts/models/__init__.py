from accounts.models.people import (
    ApiToken,
    Appointment,
    Badge,
    Favourite,
    IdempotencyRecord,
    PushSubscription,
    RequestCount,
    SignIn,
    Subscriber,
    User,
)
from accounts.models.plans import Plan, PlanVersion, Subscription

__all__ = [
    "ApiToken",
    "Appointment",
    "Badge",
    "Favourite",
    "IdempotencyRecord",
    "Plan",
    "PlanVersion",
    "PushSubscription",
    "RequestCount",
    "SignIn",
    "Subscriber",
    "Subscription",
    "User",
]
