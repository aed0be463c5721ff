"""Cars from a table: plate, type and device. Where a car stands its plug says, no table."""

from collections.abc import Sequence

from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stations.import_runs import Changed, Done, Unit, differing
from stations.models import Device, Network
from stations.rights import Right
from stations.sheets.columns import Column, text_of, word_of
from stations.sheets.kinds import Change, Comparison, Line, Sheet
from vehicles.models import Vehicle, VehicleType


def plate(text: str) -> str:
    return text_of(20)(text).upper()


class CarSheet(Sheet):
    kind = "cars"
    label = gettext_lazy("cars")
    needs = Right.KEEP_FLEET
    key = ("plate",)
    columns = (
        Column("plate", gettext_lazy("as it stands on the car"), "AB-123-CD", plate),
        Column("type", gettext_lazy("code of the vehicle type"), "bluecar", word_of(50)),
        Column(
            "device",
            gettext_lazy("identifier of the device in the car, made if it is not known"),
            "lyon.AB-123-CD",
            word_of(48),
            is_required=False,
        ),
    )

    def compare(self, network: Network, lines: Sequence[Line]) -> Comparison:
        comparison, known = Comparison(), _Known(network, lines)
        for line in lines:
            if _is_refused(comparison, known, line):
                continue
            vehicle = known.vehicles.get(line.values["plate"])
            if vehicle is None:
                comparison.created.append(line)
                continue
            device = vehicle.device.identifier if vehicle.device else ""
            comparison.say(line, vehicle.pk, {"type": vehicle.vehicle_type.code, "device": device})
        return comparison

    def write(self, network: Network, comparison: Comparison, *, actor: str) -> Done:
        """Locks: the cars that change, by id."""
        done = Done()
        lines = [*comparison.created, *(change.line for change in comparison.changed)]
        devices, made = _devices(network, lines)
        types = {each.code: each for each in VehicleType.objects.all()}
        _change(comparison.changed, types, devices, done)
        vehicles = Vehicle.objects.bulk_create(
            Vehicle(
                network=network,
                plate=line.values["plate"],
                vehicle_type=types[line.values["type"]],
                device=devices.get(line.values["device"]),
            )
            for line in comparison.created
        )
        for vehicle in vehicles:
            device = made.pop(vehicle.device.identifier, None) if vehicle.device else None
            done.created.append(Unit(vehicle, [*([device] if device else []), vehicle]))
        done.beside += [Unit(device, [device]) for device in made.values()]
        return done


class _Known:
    """What there is of what the lines name. Devices are looked for everywhere."""

    def __init__(self, network: Network, lines: Sequence[Line]) -> None:
        plates = [line.values["plate"] for line in lines]
        identifiers = [line.values["device"] for line in lines if line.values["device"]]
        own = Vehicle.objects.filter(network=network).annotate(upper_plate=Upper("plate"))
        found = own.filter(upper_plate__in=plates).select_related("vehicle_type", "device")
        self.network = network
        self.vehicles = {vehicle.plate.upper(): vehicle for vehicle in found}
        self.types = set(VehicleType.objects.values_list("code", flat=True))
        self.devices = {each.identifier: each for each in Device.objects.filter(identifier__in=identifiers)}
        users = Vehicle.objects.filter(device__in=self.devices.values()).select_related("device")
        self.plates = {vehicle.device.identifier: vehicle.plate.upper() for vehicle in users if vehicle.device}
        self.lines_of: dict[str, int] = {}


def _is_refused(comparison: Comparison, known: _Known, line: Line) -> bool:
    if line.values["type"] not in known.types:
        told = _("There is no vehicle type with this code. Known are %(known)s.")
        comparison.refuse(line, "type", told % {"known": ", ".join(sorted(known.types))})
        return True
    identifier = line.values["device"]
    why = _against_device(known, line, identifier) if identifier else ""
    if why:
        comparison.refuse(line, "device", why)
    return bool(why)


def _against_device(known: _Known, line: Line, identifier: str) -> str:
    device, user = known.devices.get(identifier), known.plates.get(identifier)
    if device is not None and (device.network_id != known.network.pk or device.kind != Device.Kind.CAR):
        return _("This identifier cannot be used. Choose another one.")
    if user is not None and user != line.values["plate"]:
        return _("This device is that of the car %(plate)s. Take it away there first.") % {"plate": user}
    first = known.lines_of.setdefault(identifier, line.number)
    return "" if first == line.number else _("The same is already on line %(line)d.") % {"line": first}


def _devices(network: Network, lines: Sequence[Line]) -> tuple[dict[str, Device], dict[str, Device]]:
    """Every device that the lines name, and those of them that were made."""
    wanted = {line.values["device"] for line in lines if line.values["device"]}
    known = {each.identifier: each for each in Device.objects.filter(network=network, identifier__in=wanted)}
    new = Device.objects.bulk_create(
        Device(network=network, identifier=identifier, kind=Device.Kind.CAR)
        for identifier in sorted(wanted - known.keys())
    )
    made = {each.identifier: each for each in new}
    return known | made, made


def _change(changes: Sequence[Change], types: dict[str, VehicleType], devices: dict[str, Device], done: Done) -> None:
    locked = Vehicle.objects.select_for_update(no_key=True).filter(pk__in=[change.pk for change in changes])
    vehicles = {vehicle.pk: vehicle for vehicle in locked.order_by("pk")}
    for change in changes:
        vehicle = vehicles[change.pk]
        before = {"vehicle_type_id": vehicle.vehicle_type_id, "device_id": vehicle.device_id}
        vehicle.vehicle_type = types[change.line.values["type"]]
        if "device" in change.after:
            vehicle.device = devices[change.after["device"]]
        after = {"vehicle_type_id": vehicle.vehicle_type_id, "device_id": vehicle.device_id}
        done.changed.append(Changed(vehicle, *differing(before, after)))
    Vehicle.objects.bulk_update(vehicles.values(), ["vehicle_type", "device"], batch_size=500)
