import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Subscriber
from autolib.website import live
from stations.models import Network
from tests import factories
from tests.website.visitor import Visitor


@pytest.fixture(autouse=True)
def _quick_and_forgetful(settings: Settings) -> None:
    """What the process keeps for a second must not reach the next test; and passwords need not be safe here."""
    live._made.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Anne")


@pytest.fixture
def stranger(paris: Network) -> Visitor:
    return Visitor(Client())


@pytest.fixture
def visitor(anne: Subscriber) -> Visitor:
    """Anne, signed in."""
    client = Client()
    client.force_login(anne.user)
    return Visitor(client)
