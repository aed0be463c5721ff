"""Batteries as things of their own: which car has which, and since when."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations import clock
from stations.refusals import Refusal, require_reason
from vehicles.models import Battery, Vehicle


class BatteryElsewhere(Refusal):
    code = "battery_elsewhere"
    sentence = _("Battery %(serial)s is in car %(car)s by our records. Swap that one first.")


class SameBattery(Refusal):
    code = "same_battery"
    sentence = _("This battery is in this car already.")


def swap_battery(*, vehicle: Vehicle, serial: str, reason: str, actor: str) -> Battery:
    """Put the battery with this serial number into the car; the one before has no car any more.

    One that is not known yet becomes known, of the car type's capacity. Locks: the car, then its batteries by id.
    Refuses ReasonRequired, SameBattery, BatteryElsewhere.
    """
    require_reason(reason)
    serial = serial.strip().upper()
    with transaction.atomic():
        cars = Vehicle.objects.select_related("vehicle_type")
        car = cars.select_for_update(of=("self",), no_key=True).get(pk=vehicle.pk)
        Battery.objects.get_or_create(
            network_id=car.network_id, serial=serial, defaults={"capacity_kwh": car.vehicle_type.battery_kwh}
        )
        concerned = (
            Battery.objects.filter(network_id=car.network_id).filter(Q(vehicle=car) | Q(serial=serial)).order_by("pk")
        )
        rows = {battery.serial: battery for battery in concerned.select_for_update(no_key=True)}
        wanted = rows.pop(serial)
        if wanted.vehicle_id == car.pk:
            raise SameBattery
        if wanted.vehicle_id is not None:
            raise BatteryElsewhere(serial=serial, car=Vehicle.objects.get(pk=wanted.vehicle_id).plate)
        for before in rows.values():
            before.vehicle, before.fitted_at = None, None
            before.save(update_fields=["vehicle", "fitted_at"])
        wanted.vehicle, wanted.fitted_at = car, clock.now()
        wanted.save(update_fields=["vehicle", "fitted_at"])
        return wanted
