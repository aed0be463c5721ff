"""What operators decide about docks, devices and what devices said. A decision on a dock leaves its event."""

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from stations import clock, events
from stations.devices import device_key
from stations.models import ChargePoint, Device, DeviceMessage, Dock
from stations.refusals import Refusal, require_reason

log = structlog.get_logger(__name__)


class DockOutOfService(Refusal):
    code = "dock_out_of_service"
    sentence = _("This dock is already out of service.")


class DockInService(Refusal):
    code = "dock_in_service"
    sentence = _("This dock is already in service.")


class PostOutOfService(Refusal):
    code = "post_out_of_service"
    sentence = _("No dock of this post is in service.")


class PostInService(Refusal):
    code = "post_in_service"
    sentence = _("Every dock of this post is in service already.")


class NothingToResolve(Refusal):
    code = "nothing_to_resolve"
    sentence = _("This message is not in quarantine, or somebody has already dealt with it.")


def withdraw_dock(*, dock: Dock, reason: str, actor: str) -> Dock:
    """No car is expected in it any more; a hold of it stands. Refuses DockOutOfService. Lock: the dock."""
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(dock)
        if not row.is_in_service:
            raise DockOutOfService
        _decide(row, events.Type.SERVICE_END, reason=reason, actor=actor, is_in_service=False)
        return row


def return_dock(*, dock: Dock, reason: str, actor: str) -> Dock:
    """Cars can be brought back to it again. Refuses DockInService. Lock: the dock."""
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(dock)
        if row.is_in_service:
            raise DockInService
        _decide(row, events.Type.SERVICE_START, reason=reason, actor=actor, is_in_service=True)
        return row


def withdraw_post(*, post: ChargePoint, reason: str, actor: str) -> list[Dock]:
    """All its docks that are in service, at once. Refuses PostOutOfService. Locks: the docks, by id."""
    return _decide_all(post, PostOutOfService, events.Type.SERVICE_END, reason=reason, actor=actor, is_in_service=False)


def return_post(*, post: ChargePoint, reason: str, actor: str) -> list[Dock]:
    """All its docks that are out of service, at once. Refuses PostInService. Locks: the docks, by id."""
    return _decide_all(post, PostInService, events.Type.SERVICE_START, reason=reason, actor=actor, is_in_service=True)


def _decide_all(
    post: ChargePoint, refusal: type[Refusal], event: events.Type, *, reason: str, actor: str, is_in_service: bool
) -> list[Dock]:
    reason = require_reason(reason)
    with transaction.atomic():
        rows = Dock.objects.filter(charge_point=post).select_related("station").order_by("pk")
        locked = list(rows.select_for_update(of=("self",), no_key=True))
        found = [row for row in locked if row.is_in_service != is_in_service]
        if not found:
            raise refusal
        for row in found:
            _decide(row, event, reason=reason, actor=actor, is_in_service=is_in_service)
        return found


def _locked(dock: Dock) -> Dock:
    return Dock.objects.select_related("station").select_for_update(of=("self",), no_key=True).get(pk=dock.pk)


def _decide(row: Dock, event: events.Type, *, reason: str, actor: str, is_in_service: bool) -> None:
    events.record(
        row,
        event,
        at=clock.now(),
        actor=actor,
        data={"reason": reason, "state": {"is_in_service": is_in_service}},
        is_in_service=is_in_service,
        out_of_service_reason="" if is_in_service else reason,
    )


def replace_key(*, device: Device, reason: str, actor: str) -> str:
    """Make the device's key worthless and answer the new one, which nothing stores. Lock: the device."""
    reason = require_reason(reason)
    with transaction.atomic():
        row = Device.objects.select_for_update(no_key=True).get(pk=device.pk)
        row.key_version += 1
        row.save(update_fields=["key_version"])
    log.info("device key replaced", device=row.identifier, version=row.key_version, actor=actor, reason=reason)
    return device_key(row)


def resolve_message(*, message: DeviceMessage, reason: str, actor: str) -> None:
    """A person has looked at a message in quarantine and says what it was. Refuses NothingToResolve."""
    reason = require_reason(reason)
    waiting = DeviceMessage.objects.filter(
        pk=message.pk, outcome=DeviceMessage.Outcome.QUARANTINED, resolved_at__isnull=True
    )
    if not waiting.update(resolved_at=clock.now()):
        raise NothingToResolve
    log.info("message resolved", message=message.pk, actor=actor, reason=reason)
