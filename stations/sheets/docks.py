"""Docks from a table: which post and connector serve each, with posts that are not known yet."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stations.import_runs import Changed, Done, Unit
from stations.models import ChargePoint, Device, Dock, Network, Station
from stations.rights import Right
from stations.sheets.columns import Column, whole_number, word_of
from stations.sheets.kinds import Change, Comparison, Line, Sheet

HIGHEST_NUMBER, HIGHEST_CONNECTOR = 999, 99
FIRST_CONNECTOR = 1
Place = tuple[str, int]  # identity of the post, connector


class DockSheet(Sheet):
    kind = "docks"
    label = gettext_lazy("docks")
    needs = Right.BUILD_STATIONS
    key = ("station", "number")
    columns = (
        Column("station", gettext_lazy("code of the station"), "bellecour", word_of(100)),
        Column("number", gettext_lazy("number of the dock at its station"), "1", whole_number(1, HIGHEST_NUMBER)),
        Column("post", gettext_lazy("identity of the charging post, made if it is not known"), "lyon.7", word_of(48)),
        Column(
            "connector",
            gettext_lazy("which plug of the post; 1 where nothing is said"),
            "1",
            whole_number(1, HIGHEST_CONNECTOR),
            is_required=False,
        ),
    )

    def compare(self, network: Network, lines: Sequence[Line]) -> Comparison:
        comparison, known = Comparison(), _Known(network, lines)
        good = [line for line in lines if not _is_refused(comparison, known, line)]
        for line in _without_clashes(comparison, known, good):
            dock = known.docks.get(line.key)
            if dock is None:
                comparison.created.append(line)
                continue
            post = dock.charge_point.identity if dock.charge_point else ""
            comparison.say(line, dock.pk, {"post": post, "connector": dock.connector})
        return comparison

    def write(self, network: Network, comparison: Comparison, *, actor: str) -> Done:
        """Locks: the docks that change, by id."""
        done = Done()
        lines = [*comparison.created, *(change.line for change in comparison.changed)]
        posts, made = _posts(network, lines)
        _change(comparison.changed, posts, done)
        stations = {station.code: station for station in Station.objects.filter(network=network)}
        docks = Dock.objects.bulk_create(
            Dock(
                station=stations[line.values["station"]],
                number=line.values["number"],
                charge_point=posts[line.values["post"]],
                connector=line.values["connector"] or FIRST_CONNECTOR,
            )
            for line in comparison.created
        )
        for dock, line in zip(docks, comparison.created, strict=True):
            post = made.pop(line.values["post"], None)
            done.created.append(Unit(dock, [*_with_device(post), dock]))
        done.beside += [Unit(post, _with_device(post)) for post in made.values()]
        return done


def _with_device(post: ChargePoint | None) -> list[Model]:
    return [part for part in (post and post.device, post) if part is not None]


class _Known:
    """What stands there of what the lines name, by their words. Posts and devices are looked for everywhere."""

    def __init__(self, network: Network, lines: Sequence[Line]) -> None:
        codes = {line.values["station"] for line in lines}
        identities = {line.values["post"] for line in lines}
        self.network = network
        self.stations = {each.code: each for each in Station.objects.filter(network=network, code__in=codes)}
        docks = Dock.objects.filter(station__in=self.stations.values()).select_related("station", "charge_point")
        self.docks = {(dock.station.code, dock.number): dock for dock in docks}
        posts = ChargePoint.objects.filter(identity__in=identities).select_related("station")
        self.posts = {post.identity: post for post in posts}
        self.devices = {each.identifier: each for each in Device.objects.filter(identifier__in=identities)}
        self.stations_of_new: dict[str, str] = {}


def _is_refused(comparison: Comparison, known: _Known, line: Line) -> bool:
    code, identity = line.values["station"], line.values["post"]
    if code not in known.stations:
        told = _("There is no station with this code in %(network)s. Add the station first.")
        comparison.refuse(line, "station", told % {"network": known.network})
        return True
    post = known.posts.get(identity)
    elsewhere = known.stations_of_new.setdefault(identity, code) if post is None else post.station.code
    if _is_foreign(known, identity):
        comparison.refuse(line, "post", _("This identity cannot be used. Choose another one."))
        return True
    if elsewhere != code:
        told = _("This post stands at the station %(code)s. A post serves docks of one station.")
        comparison.refuse(line, "post", told % {"code": elsewhere})
        return True
    return False


def _is_foreign(known: _Known, identity: str) -> bool:
    """Taken in another network, or by something that is no post; which of them is not told."""
    post, device = known.posts.get(identity), known.devices.get(identity)
    if post is not None:
        return post.station.network_id != known.network.pk
    return device is not None


def _without_clashes(comparison: Comparison, known: _Known, lines: Sequence[Line]) -> list[Line]:
    """A connector serves one dock once all lines are written: docks may change places, or be refused together."""
    standing = Dock.objects.filter(charge_point__identity__in={line.values["post"] for line in lines})
    told = standing.values_list("station__code", "number", "charge_point__identity", "connector")
    docks = [((code, number), (identity, connector)) for code, number, identity, connector in told]
    candidates = list(lines)
    while True:
        moving = {line.key for line in candidates}
        taken: dict[Place, Any] = {place: key for key, place in docks if key not in moving}
        clashes = []
        for line in candidates:
            place = (line.values["post"], _connector(known, line))
            if taken.setdefault(place, line.key) != line.key:
                clashes.append((line, taken[place]))
        if not clashes:
            return candidates
        for line, (code, number) in clashes:
            why = _("This connector serves dock %(number)d of %(code)s. Choose another connector.")
            comparison.refuse(line, "connector", why % {"number": number, "code": code})
        refused = {line.key for line, _other in clashes}
        candidates = [line for line in candidates if line.key not in refused]


def _connector(known: _Known, line: Line) -> int:
    dock = known.docks.get(line.key)
    said: int | None = line.values["connector"]
    return said or (dock.connector if dock is not None else FIRST_CONNECTOR)


def _posts(network: Network, lines: Sequence[Line]) -> tuple[dict[str, ChargePoint], dict[str, ChargePoint]]:
    """Every post that the lines name, and those of them that were made."""
    wanted = {line.values["post"]: line.values["station"] for line in lines}
    known = {post.identity: post for post in ChargePoint.objects.filter(identity__in=wanted)}
    new = sorted(wanted.keys() - known.keys())
    stations = {each.code: each for each in Station.objects.filter(network=network, code__in=wanted.values())}
    devices = Device.objects.bulk_create(
        Device(network=network, identifier=identity, kind=Device.Kind.POST) for identity in new
    )
    posts = ChargePoint.objects.bulk_create(
        ChargePoint(station=stations[wanted[identity]], identity=identity, device=device)
        for identity, device in zip(new, devices, strict=True)
    )
    made = {post.identity: post for post in posts}
    return known | made, made


def _change(changes: Sequence[Change], posts: dict[str, ChargePoint], done: Done) -> None:
    """All leave their posts before any gets its new one: two docks may change places."""
    keys = [change.pk for change in changes]
    locked = Dock.objects.select_related("station").select_for_update(of=("self",), no_key=True)
    docks = {dock.pk: dock for dock in locked.filter(pk__in=keys).order_by("pk")}
    Dock.objects.filter(pk__in=keys).update(charge_point=None)
    for change in changes:
        dock = docks[change.pk]
        before = {"charge_point_id": dock.charge_point_id, "connector": dock.connector}
        dock.charge_point = posts[change.line.values["post"]]
        dock.connector = change.after.get("connector", dock.connector)
        after = {"charge_point_id": dock.charge_point_id, "connector": dock.connector}
        done.changed.append(Changed(dock, before, after))
    Dock.objects.bulk_update(docks.values(), ["charge_point", "connector"], batch_size=500)
