"""The file that a person takes along: what each part of the service knows of them, under one roof."""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts import export as of_account
from accounts.export import written
from accounts.models import User
from bookings import export as of_bookings


def exported(user: User, *, at: datetime) -> dict[str, Any]:
    about = {"service": settings.PUBLIC_URL, "exported_at": written(at), "times": "ISO 8601, in UTC"}
    return {"about": about, **of_account.exported(user), **of_bookings.exported(user)}
