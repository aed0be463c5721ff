"""Cars, what they last said, and the field tasks of the crews who look after them."""

from vehicles.models.field_tasks import (
    TASK_NOT_STARTED,
    TASK_OPEN,
    TASK_PLACES,
    TASK_TRANSITIONS,
    FieldPhoto,
    FieldTask,
    TaskRule,
)
from vehicles.models.fleet import Battery, Vehicle, VehicleReport, VehicleType

__all__ = [
    "TASK_NOT_STARTED",
    "TASK_OPEN",
    "TASK_PLACES",
    "TASK_TRANSITIONS",
    "Battery",
    "FieldPhoto",
    "FieldTask",
    "TaskRule",
    "Vehicle",
    "VehicleReport",
    "VehicleType",
]
