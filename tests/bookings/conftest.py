import pytest

from accounts.models import Subscriber
from stations.models import Network
from tests import factories


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Anne")


@pytest.fixture
def bruno(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Bruno")
