"""What ends a field task may give its car back to subscribers."""

from django.db import transaction

from bookings.operations.servicing import return_to_service
from bookings.refusals import CarInService
from vehicles import fieldwork
from vehicles.models import FieldTask


def finish_task(
    *, task: FieldTask, outcome: str = "", photo: bytes | None = None, is_rentable: bool = False, actor: str
) -> FieldTask:
    """Finish the task, and with `is_rentable` return its car to service. Locks: the task, then the car.

    Refuses as `fieldwork.finish`; a car that is in service already stays so.
    """
    with transaction.atomic():
        done = fieldwork.finish(task=task, outcome=outcome, photo=photo, actor=actor)
        if is_rentable and done.vehicle is not None:
            try:
                return_to_service(vehicle=done.vehicle, actor=actor)
            except CarInService:
                pass
        return done
