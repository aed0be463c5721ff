"""Field tasks whose car is rented out: what begins or ends one may take the car from subscribers, or give it back.

Locks: the task, then the car.
"""

from django.db import transaction

from bookings.operations.servicing import return_to_service, serve_again_where_it_stands, take_out_to_move
from bookings.refusals import CarInService
from vehicles import fieldwork
from vehicles.models import FieldTask

MOVE = FieldTask.Kind.MOVE


def start_task(*, task: FieldTask, actor: str) -> FieldTask:
    """Begin it. A car that is to be moved is out of service from now on, until it is plugged in elsewhere.

    Refuses as `fieldwork.start`, and CarReserved or CarOnTrip where somebody else has the car to be moved.
    """
    with transaction.atomic():
        begun = fieldwork.start(task=task, actor=actor)
        if begun.kind == MOVE and begun.vehicle is not None and task.state != FieldTask.State.UNDERWAY:
            take_out_to_move(vehicle=begun.vehicle, reason=begun.why, actor=actor)
        return begun


def finish_task(
    *, task: FieldTask, outcome: str = "", photo: bytes | None = None, is_rentable: bool = False, actor: str
) -> FieldTask:
    """Finish the task, and with `is_rentable` return its car to service.

    Refuses as `fieldwork.finish`; a car that is in service already stays so.
    """
    with transaction.atomic():
        done = fieldwork.finish(task=task, outcome=outcome, photo=photo, actor=actor)
        if is_rentable and done.vehicle is not None:
            try:
                return_to_service(vehicle=done.vehicle, actor=actor)
            except CarInService:
                pass
        _let_go(done, actor=actor)
        return done


def hand_back_task(*, task: FieldTask, reason: str, actor: str, is_own_only: bool = False) -> FieldTask:
    """As `fieldwork.hand_back`. A car that was not moved serves again."""
    with transaction.atomic():
        row = fieldwork.hand_back(task=task, reason=reason, actor=actor, is_own_only=is_own_only)
        _let_go(row, actor=actor)
        return row


def cancel_task(*, task: FieldTask, reason: str, actor: str) -> FieldTask:
    """As `fieldwork.cancel`. A car that was not moved serves again."""
    with transaction.atomic():
        row = fieldwork.cancel(task=task, reason=reason, actor=actor)
        _let_go(row, actor=actor)
        return row


def _let_go(task: FieldTask, *, actor: str) -> None:
    if task.kind == MOVE and task.vehicle is not None:
        serve_again_where_it_stands(vehicle=task.vehicle, actor=actor)
