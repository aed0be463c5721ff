"""Which devices are told, and which addresses we let a browser name."""

import pytest
from pytest_django import Settings

from accounts.models import PushSubscription
from accounts.push import Unusable, address_of, drop_subscription, keep_subscription
from stations.models import Network
from tests import factories
from tests.conftest import Clock


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://fcm.googleapis.com/fcm/send/dXk3:APA91bF-_x", "fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAAA_b-c=", "updates.push.services.mozilla.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQYA%2bx%3d", "wns2-par02p.notify.windows.com"),
        ("https://web.push.apple.com/QGuQyavXutnMH", "web.push.apple.com"),
        ("https://fcm.googleapis.com:443/fcm/send/x", "fcm.googleapis.com"),
    ],
)
def test_what_browsers_give_is_called(endpoint: str, host: str) -> None:
    address = address_of(endpoint)

    assert (address.host, address.port) == (host, 443)
    assert endpoint.endswith(address.path)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://fcm.googleapis.com/fcm/send/x",
        "HTTPS://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "//fcm.googleapis.com/x",
        "https://fcm.googleapis.com",
        "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:0/x",
        "https://fcm.googleapis.com:99999999/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://fcm.googleapis.com:443@127.0.0.1/x",
        "https://127.0.0.1/fcm.googleapis.com",
        "https://127.0.0.1#fcm.googleapis.com/x",
        "https://127.0.0.1\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\.evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil-fcm.googleapis.com/x",
        "https://evilnotify.windows.com/x",
        "https://notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://x.notify.windows.com.evil.example/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[::ffff:169.254.169.254]/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://10.0.0.1:6379/x",
        "https://fcm.googleapis.com/x\r\nHost: localhost",
        "https://fcm.googleapis.com/x HTTP/1.1",
        "https://fcm.googleapis.com/x\n",
        "https://fcm.googleapis.com/\x00",
        "https://fcm.googleapis.com/#x",
        "https://fcm.googleapis.com/é",
        "https://fcm。googleapis。com/x",
        "https://ｆcm.googleapis.com/x",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_nothing_else_is(endpoint: str) -> None:
    with pytest.raises(Unusable):
        address_of(endpoint)


KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"p256dh": ""},
        {"p256dh": KEYS["p256dh"][:-4]},
        {"p256dh": "B" + "A" * 86},
        {"p256dh": KEYS["p256dh"] + "\n"},
        {"auth": ""},
        {"auth": "c2hvcnQ"},
        {"auth": "é" * 22},
        {"auth": "A" * 100},
    ],
)
def test_keys_that_no_browser_makes_are_refused(paris: Network, wrong: dict[str, str]) -> None:
    with pytest.raises(Unusable):
        keep_subscription(user=factories.user(), endpoint="https://fcm.googleapis.com/x", **{**KEYS, **wrong})
    assert not PushSubscription.objects.exists()


def test_a_device_belongs_to_whoever_registered_it_last(paris: Network) -> None:
    anne, bruno = factories.user(), factories.user()
    shared = factories.device(anne, name="shared")

    factories.device(bruno, name="shared")
    drop_subscription(user=anne, endpoint=shared.endpoint)

    assert PushSubscription.objects.get().user == bruno
    drop_subscription(user=bruno, endpoint=shared.endpoint)
    assert not PushSubscription.objects.exists()


def test_the_oldest_device_makes_room(paris: Network, settings: Settings, time: Clock) -> None:
    settings.PUSH_DEVICES_A_PERSON = 2
    anne = factories.user()
    for name in ("first", "second", "third"):
        factories.device(anne, name=name)
        time.forward(seconds=1)

    kept = PushSubscription.objects.order_by("created_at").values_list("endpoint", flat=True)
    assert [endpoint.rpartition("/")[2] for endpoint in kept] == ["second", "third"]
