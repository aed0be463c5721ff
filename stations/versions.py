"""Dated versions of a row: what its columns said, and will say, at an instant.

A version has `valid_from`, `values` (only what changes), `replaced` (what it took the place of), `applied_at` and
`withdrawn_at`. It is planned until it is applied or withdrawn; the columns of the row are what is in force.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

Values = dict[str, Any]
PLANNED = Q(applied_at__isnull=True, withdrawn_at__isnull=True)


def values_at(in_force: Values, versions: QuerySet[Any], instant: datetime) -> Values:
    """All of them as they were, or as they are planned to be. One query."""
    told = Q(applied_at__isnull=False, valid_from__gt=instant) | PLANNED & Q(valid_from__lte=instant)
    rows = list(versions.filter(told).order_by("valid_from"))
    values = dict(in_force)
    for version in reversed(rows):
        values.update({} if version.is_planned else version.replaced)
    for version in rows:
        values.update(version.values if version.is_planned else {})
    return values
