"""What is decided about a station: by an operator, or by the published file. Each decision leaves an event."""

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import gettext_lazy as _

from stations import clock, events
from stations.models import ChargePoint, Device, Dock, Network, Station
from stations.refusals import Refusal, require_reason

BATCH = 1000
MAX_REASON = 300
MAX_IDENTITY = 48


class StationAlreadyOpen(Refusal):
    code = "station_already_open"
    sentence = _("This station is already open.")


class StationAlreadyClosed(Refusal):
    code = "station_already_closed"
    sentence = _("This station is already closed in this way.")


def open_station(*, station: Station, actor: str) -> Station:
    """The station rents cars out and takes them back. Refuses StationAlreadyOpen. Lock: the station."""
    with transaction.atomic():
        row = _locked(station)
        if row.is_installed and row.is_renting and row.is_returning:
            raise StationAlreadyOpen
        _decide(row, events.Type.STATION_OPENED, actor=actor, reason="", flags=(True, True, True))
        return row


def close_station(
    *, station: Station, reason: str, actor: str, is_returning: bool = False, is_installed: bool = True
) -> Station:
    """No car is rented out any more. With `is_returning` cars may still come back; not `is_installed`: it is not there.

    Refuses ReasonRequired, and StationAlreadyClosed where nothing would change. What is held stays held, and a plug-in
    is never refused. Lock: the station.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(station)
        flags = (is_installed, False, is_returning and is_installed)
        if (row.is_installed, row.is_renting, row.is_returning) == flags:
            raise StationAlreadyClosed
        _decide(row, events.Type.STATION_CLOSED, actor=actor, reason=reason, flags=flags)
        return row


def _locked(station: Station) -> Station:
    return Station.objects.select_for_update(no_key=True).get(pk=station.pk)


def _decide(row: Station, event: events.Type, *, actor: str, reason: str, flags: tuple[bool, bool, bool]) -> None:
    is_installed, is_renting, is_returning = flags
    events.record(
        row,
        event,
        at=clock.now(),
        actor=actor,
        data={
            "reason": reason,
            "state": {"is_installed": is_installed, "is_renting": is_renting, "is_returning": is_returning},
        },
        is_installed=is_installed,
        is_renting=is_renting,
        is_returning=is_returning,
        closure_reason=reason[:MAX_REASON],
    )


def install_docks(*, docks: Iterable[tuple[Station, int]]) -> list[Dock]:
    """So many new docks at each station, numbered on from the last, each with a post of its own and its device."""
    wanted = [(station, count) for station, count in docks if count > 0]
    last = dict(
        Dock.objects.filter(station__in=[station for station, _count in wanted])
        .values_list("station")
        .annotate(Max("number"))
    )
    networks = Network.objects.in_bulk({station.network_id for station, _count in wanted})
    places = [
        (station, number, post_identity(networks[station.network_id], station, number))
        for station, count in wanted
        for number in range(last.get(station.pk, 0) + 1, last.get(station.pk, 0) + count + 1)
    ]
    with transaction.atomic():
        devices = Device.objects.bulk_create(
            [
                Device(network_id=station.network_id, identifier=identity, kind=Device.Kind.POST)
                for station, _number, identity in places
            ],
            batch_size=BATCH,
        )
        posts = ChargePoint.objects.bulk_create(
            [
                ChargePoint(station=station, identity=identity, device=device)
                for (station, _number, identity), device in zip(places, devices, strict=True)
            ],
            batch_size=BATCH,
        )
        return Dock.objects.bulk_create(
            [
                Dock(station=station, number=number, charge_point=post)
                for (station, number, _identity), post in zip(places, posts, strict=True)
            ],
            batch_size=BATCH,
        )


def parts_of(dock: Dock) -> list[Model]:
    """The device, its post and the dock: what was installed together, in that order."""
    post = dock.charge_point
    return [part for part in (post and post.device, post, dock) if part is not None]


def post_identity(network: Network, station: Station, number: int) -> str:
    """`paris.paris-ordener-65.3`: no other post of any network has it. A long code is cut and told by its digest."""
    identity = f"{network.slug}.{station.code}.{number}"
    if len(identity) <= MAX_IDENTITY:
        return identity
    digest = hashlib.sha256(f"{network.slug}.{station.code}".encode()).hexdigest()[:10]
    return f"{network.slug[:10]}.{station.code[:18]}.{digest}.{number}"
