import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import Settings

from accounts.models import Subscriber
from autolib.website import live
from stations.models import Network
from tests import factories
from tests.website.visitor import Visitor

PASSWORD = "pont-neuf-1607"


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


@pytest.fixture
def member(anne: Subscriber, settings: Settings) -> Visitor:
    """Anne, signed in with her password at the page for it."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    anne.user.set_password(PASSWORD)
    anne.user.save(update_fields=["password"])
    EmailAddress.objects.create(user=anne.user, email=anne.user.email, verified=True, primary=True)
    return Visitor(Client()).go("/account/login/").press("Sign in", login=anne.user.email, password=PASSWORD)
