import pytest

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Anne")


@pytest.fixture
def bruno(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Bruno")


@pytest.fixture
def booking(bastille: Station, nation: Station, anne: Subscriber) -> Booking:
    """Anne's, from Bastille with a dock at Nation."""
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
