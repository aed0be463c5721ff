"""The trace of what operators do and whom they look at: written in the transaction of the act, and never again.

Sealing comes after: each trace gets a link, whose digest covers the trace and the link before, so that a row changed
or taken out behind our back shows (`BROKEN` finds it; `manage.py audit` asks). What is written last is sealed last:
keep the newest digest somewhere else, and the end of the chain cannot be cut off unseen either.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from stations import clock
from stations.models import Trace, TraceSeal

LONGEST_REASON = 500
# What names or opens: a trace says that it changed, never from what to what.
UNTOLD = frozenset(
    {"password", "digest", "email", "full_name", "phone", "last_four", "payload", "answer", "blocked_reason"}
)
UNTOLD_SIGN = "•••"
# What is derived from other columns, or moves by itself.
LEFT_OUT = frozenset({"search_text", "sort_name", "version", "published", "last_login"})
Told = tuple[models.Model, dict[str, Any], dict[str, Any]]  # a row, before and after
# A trace is seen once its transaction has ended; no transaction lasts while so many others come and go.
FAR_BACK = 100_000
# Any number drawn once; it only has to differ from other advisory locks of the product.
SEAL_LOCK = 20180731

CONTENT = """jsonb_build_array(trace.id, trace.network_id, extract(epoch FROM trace.at), trace.actor, trace.came_from,
    trace.act, trace.model, trace.object_id, trace.reason, trace.before, trace.after, trace.data)::text"""
BROKEN = f"""
SELECT chain.id, chain.trace_id FROM (
    SELECT seal.id, seal.trace_id, seal.digest, {CONTENT} AS content,
           lag(seal.digest, 1, '') OVER (ORDER BY seal.id) AS before
    FROM stations_traceseal AS seal LEFT JOIN stations_trace AS trace ON trace.id = seal.trace_id
) AS chain
WHERE chain.content IS NULL
   OR chain.digest <> encode(sha256(convert_to(chain.before || chain.content, 'UTF8')), 'hex')
"""  # noqa: S608


def write(
    *,
    network_id: int | None,
    actor: str,
    act: str,
    model: str,
    object_id: object,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    came_from: str = "",
) -> Trace:
    """The caller is in the transaction of the act. `before` and `after` hold only what differs (`difference`)."""
    return Trace.objects.create(
        network_id=network_id,
        at=clock.now(),
        actor=actor,
        came_from=came_from[:45],
        act=act,
        model=model,
        object_id=str(object_id),
        reason=reason[:LONGEST_REASON],
        before=before or {},
        after=after or {},
        data=data or {},
    )


def write_several(
    *,
    network_id: int,
    actor: str,
    act: str,
    rows: Iterable[Told],
    reason: str = "",
    came_from: str = "",
) -> None:
    """The same act on many rows at one instant: each with its columns (by name or `attname`) before and after."""
    shared = {"network_id": network_id, "at": clock.now(), "actor": actor, "act": act}
    shared |= {"reason": reason[:LONGEST_REASON], "came_from": came_from[:45]}
    lines = []
    for row, before, after in rows:
        told = difference(_by_name(row, before), _by_name(row, after))
        model = row._meta.label_lower
        sides = {"before": told[0] if before else {}, "after": told[1] if after else {}}
        lines.append(Trace(**shared, model=model, object_id=str(row.pk), **sides))
    Trace.objects.bulk_create(lines, batch_size=1000)


def _by_name(row: models.Model, values: dict[str, Any]) -> dict[str, Any]:
    named = {row._meta.get_field(name).name: value for name, value in values.items()}
    return {name: value for name, value in named.items() if name not in LEFT_OUT}


def snapshot(row: models.Model) -> dict[str, Any]:
    """The columns of the row as they stand, in words that JSON knows."""
    fields = [field for field in row._meta.concrete_fields if field.name not in LEFT_OUT]
    return {field.name: plain(getattr(row, field.attname)) for field in fields}


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, on either side; of what is not told only that it differs."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return _told(before, names), _told(after, names)


def _told(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: UNTOLD_SIGN if is_untold(name) else values.get(name) for name in names}


def is_untold(name: str) -> bool:
    """Forms call a password differently from its column: `password1`, `new_password`."""
    return name in UNTOLD or "password" in name


def plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def seal(*, limit: int = 1000) -> int:
    """Link the traces that have no link yet, under one lock; how many. Safe to run by anybody at any time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        last = TraceSeal.objects.order_by("-id").values_list("digest", flat=True).first() or ""
        cursor.execute(
            f"SELECT trace.id, {CONTENT} FROM stations_trace AS trace "  # noqa: S608
            "WHERE trace.id > (SELECT coalesce(max(trace_id), 0) FROM stations_traceseal) - %s "
            "AND NOT EXISTS (SELECT FROM stations_traceseal AS seal WHERE seal.trace_id = trace.id) "
            "ORDER BY trace.id LIMIT %s",
            [FAR_BACK, limit],
        )
        seals = []
        for trace_id, content in cursor.fetchall():
            last = hashlib.sha256((last + content).encode()).hexdigest()
            seals.append(TraceSeal(trace_id=trace_id, digest=last))
        TraceSeal.objects.bulk_create(seals)
        return len(seals)
