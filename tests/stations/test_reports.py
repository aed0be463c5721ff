"""Connector reports from the inbox: whatever their order, the newest possible one by the post's time stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stations import reports
from stations.inbox import Entry, Outcome, Verdict, keep
from stations.models import DeviceMessage, Dock, DockReport, Pulse, Station
from tests import factories
from tests.concurrency.rivals import at_once

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STATUSES = DockReport.Status.values


@dataclass(frozen=True)
class Report:
    dock: int
    minute: int
    seq: int
    msg: int

    @property
    def status(self) -> str:
        """What a post says of an instant is the same however often it says it."""
        return STATUSES[(self.minute * 7 + self.seq) % len(STATUSES)]


def put(docks: Sequence[Dock], sent: Sequence[Report]) -> None:
    """The inbox, as a request with these messages leaves it."""
    entries = {
        f"m{one.msg}": Entry(
            device_id=docks[0].charge_point.device_id,
            msg_id=f"m{one.msg}",
            kind="connector_status",
            event_time=START + timedelta(minutes=one.minute),
            received_at=START,
            digest="",
            content={"dock": docks[one.dock].pk, "status": one.status, "seq": one.seq},
        )
        for one in reversed(sent)
    }
    keep(list(entries.values()))


def oracle(sent: Sequence[Report]) -> dict[int, tuple[int, int, str]]:
    first_of_each_id = {one.msg: one for one in reversed(sent)}.values()
    best: dict[int, Report] = {}
    for one in first_of_each_id:
        known = best.get(one.dock)
        if known is None or (one.minute, one.seq) > (known.minute, known.seq):
            best[one.dock] = one
    return {dock: (one.minute, one.seq, one.status) for dock, one in best.items()}


def stored(docks: Sequence[Dock]) -> dict[int, tuple[int, int, str]]:
    rows = DockReport.objects.values_list("dock_id", "event_time", "source_seq", "status")
    places = {dock.pk: place for place, dock in enumerate(docks)}
    return {places[dock]: (int((at - START).total_seconds() // 60), seq, status) for dock, at, seq, status in rows}


report = st.builds(
    Report, dock=st.integers(0, 2), minute=st.integers(0, 9), seq=st.integers(0, 3), msg=st.integers(0, 40)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=st.lists(st.lists(report, min_size=1, max_size=12), max_size=6), rounds=st.sets(st.integers(0, 5)))
def test_shuffled_repeated_and_late_reports_end_as_the_oracle_says(
    bastille: Station, requests: list[list[Report]], rounds: set[int]
) -> None:
    docks = list(bastille.docks.select_related("charge_point").order_by("pk"))
    savepoint = transaction.savepoint()

    for number, request in enumerate(requests):
        put(docks, request)
        if number in rounds:
            reports.apply_pending()
    reports.apply_pending()
    found = stored(docks)
    outcomes = set(DeviceMessage.objects.values_list("outcome", flat=True))
    transaction.savepoint_rollback(savepoint)

    assert found == oracle([one for request in requests for one in request])
    assert outcomes <= {"applied", "stale"}


def test_a_fault_counts_from_when_it_was_first_told(bastille: Station) -> None:
    """However often the post repeats it, in one round or in several; a late word of before moves nothing."""
    dock = bastille.docks.all()[0]

    def hear(*told: tuple[int, str]) -> int | None:
        """Minute and status of each report; since which minute the present status lasts, afterwards."""
        entries = [
            Entry(
                device_id=dock.charge_point.device_id,
                msg_id=f"{minute}",
                kind="connector_status",
                event_time=START + timedelta(minutes=minute),
                received_at=START,
                digest="",
                content={"dock": dock.pk, "status": status, "seq": 0},
            )
            for minute, status in told
        ]
        keep(entries)
        reports.apply_pending()
        since = DockReport.objects.values_list(DockReport.since(), flat=True).get(dock=dock)
        return int((since - START).total_seconds() // 60)

    assert hear((1, "Available")) == 1
    assert hear((5, "Faulted")) == 5
    assert hear((6, "Faulted"), (7, "Faulted")) == 5
    assert hear((3, "Available")) == 5
    assert hear((9, "Available")) == 9
    assert hear((20, "Faulted")) == 20
    DockReport.objects.update(status_since=None)  # heard before this was kept
    assert hear((25, "Faulted")) == 20


def test_what_was_applied_leaves_its_id_and_quarantine_keeps_what_was_said(bastille: Station) -> None:
    dock, lost = bastille.docks.select_related("charge_point").order_by("pk")[:2]
    free = factories.dock(bastille)
    put([dock, free], [Report(0, 5, 0, 1), Report(0, 4, 0, 2), Report(1, 1, 0, 3)])
    free.delete()

    counts = reports.apply_pending()

    rows = list(DeviceMessage.objects.order_by("msg_id").values_list("outcome", "reason", "payload", "resolved_at"))
    assert [row[:2] for row in rows] == [("applied", ""), ("stale", "older"), ("quarantined", "unknown_dock")]
    assert [set(row[2]) for row in rows] == [{"digest"}, {"digest"}, {"digest", "dock", "status", "seq"}]
    assert [row[3] is None for row in rows] == [False, False, True]
    assert counts == {"applied": 1, "stale": 1, "quarantined": 1}
    assert not DockReport.objects.filter(dock=lost).exists()


def test_each_round_is_counted_and_the_sums_are_kept(bastille: Station) -> None:
    docks = list(bastille.docks.select_related("charge_point"))
    for number in range(3):
        put(docks, [Report(0, number, 0, number)])
        reports.apply_pending()
    reports.apply_pending()

    detail = Pulse.objects.get(name="apply_dock_reports").detail
    assert detail["applied"] == 0
    assert detail["totals"] == {"applied": 3, "stale": 0, "quarantined": 0}


def test_more_than_a_batch_is_applied_in_one_round(bastille: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "BATCH", 3)
    docks = list(bastille.docks.select_related("charge_point").order_by("pk"))
    sent = [Report(number % 3, number, 0, number) for number in range(10)]
    put(docks, sent)

    reports.apply_pending()

    assert stored(docks) == oracle(sent)
    assert not DeviceMessage.objects.filter(outcome="pending").exists()


def test_what_is_in_quarantine_from_the_start_is_never_looked_at(bastille: Station) -> None:
    dock = bastille.docks.select_related("charge_point").first()
    entry = Entry(
        device_id=dock.charge_point.device_id,
        msg_id="from 2099",
        kind="connector_status",
        event_time=START + timedelta(days=27_000),
        received_at=START,
        digest="",
        content={"dock": dock.pk, "status": "Faulted"},
        verdict=Verdict(Outcome.QUARANTINED, "future"),
    )
    keep([entry])
    put([dock], [Report(0, 1, 0, 1)])

    reports.apply_pending()

    assert stored([dock]) == oracle([Report(0, 1, 0, 1)])


@pytest.mark.django_db(transaction=True)
def test_five_workers_at_once_do_the_work_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "BATCH", 50)
    station = factories.station(factories.network(), "Bastille", free_docks=3)
    docks = list(station.docks.select_related("charge_point").order_by("pk"))
    sent = [Report(number % 3, (number * 37) % 1000, number % 4, number) for number in range(1000)]
    put(docks, sent)

    rounds = at_once([reports.apply_pending] * 5)

    assert sum(sum(counts.values()) for counts in rounds) == len(sent)
    assert stored(docks) == oracle(sent)
