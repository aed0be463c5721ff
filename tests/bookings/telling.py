"""What the tests of notices to browsers share."""

from accounts.push_gateway import Notice, Recorder
from bookings import tasks


def tell() -> list[Notice]:
    tasks.sweep()
    tasks.deliver()
    tasks.send_notifications()
    tasks.send_pushes()
    return [notice for _endpoint, notice in Recorder.sent]
