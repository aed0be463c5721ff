"""Notices: on the page before a hold ends, and to a browser that asked for them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import PushSubscription, Subscriber
from bookings.models import Booking
from stations.models import Network
from tests.browser.conftest import Screen
from tests.browser.test_pocket import with_worker

pytestmark = pytest.mark.browser

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


def test_a_notice_is_shown_with_its_booking(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, "/", language="en", width=390, cookies=signed_in, permissions=["notifications"])
    notice = {
        "title": "Your car is held until 14:32 only",
        "body": "Car AB-123-CD at Bastille",
        "tag": str(booking.pk),
        "url": f"/bookings/{booking.pk}/",
        "language": "en",
    }

    deliver(visitor, json.dumps(notice))

    shown = visitor.page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.ready;
      for (let turn = 0; turn < 50; turn += 1) {
        const [one] = await registration.getNotifications();
        if (one) return { title: one.title, body: one.body, tag: one.tag, url: one.data.url, language: one.lang };
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return null;
    }""")
    assert shown == notice


def deliver(visitor: Screen, data: str) -> None:
    """As the push service of the browser would."""
    session = visitor.context.new_cdp_session(visitor.page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    for _ in range(50):
        if found:
            break
        visitor.page.wait_for_timeout(50)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": visitor.address, "registrationId": found[0], "data": data},
    )


# No push service can be reached from a test: the browser's side of it is played.
PLAYED = """
  let current = null;
  const point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error("not as we ask");
    const endpoint = "https://fcm.googleapis.com/fcm/send/chloe";
    current = {
      endpoint,
      toJSON: () => ({ endpoint, keys: { p256dh: point, auth: "BTBZMqHH6r4Tts7J_aSIgg" } }),
      unsubscribe: async () => { current = null; return true; },
    };
    return current;
  };
"""


def test_a_press_tells_this_device_and_another_ends_it(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    visitor = screen(
        language="en", width=390, cookies=signed_in, service_workers="allow", permissions=["notifications"]
    )
    visitor.page.add_init_script(PLAYED)
    visitor.go(f"/bookings/{booking.pk}/")
    visitor.page.get_by_role("button", name="Tell this device 10 min before the end").wait_for()
    visitor.photograph("push-offered")

    visitor.press("Tell this device %(lead)s before the end", lead="10 min")
    visitor.sees("This device will be told 10 min before the end.")

    visitor.photograph("push-told")
    assert PushSubscription.objects.get().user == chloe.user
    visitor.press("Stop telling this device")
    visitor.page.get_by_role("button", name="Tell this device 10 min before the end").wait_for()
    assert not PushSubscription.objects.exists()


def test_a_browser_that_cannot_listen_says_so_and_offers_it_again(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = screen(
        language="en", width=390, cookies=signed_in, service_workers="allow", permissions=["notifications"]
    )
    visitor.page.add_init_script('PushManager.prototype.subscribe = async () => { throw new Error("no service") }')
    visitor.go(f"/bookings/{booking.pk}/")

    visitor.press("Tell this device %(lead)s before the end", lead="10 min")

    visitor.page.locator("[data-push-failed]").wait_for()
    assert visitor.page.locator("[data-push-state=offer] button").is_visible()
    assert not PushSubscription.objects.exists()


def test_whoever_refused_notices_is_told_so_and_not_asked_again(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="fr", width=390, cookies=signed_in, service_workers="allow", color_scheme="dark")
    visitor.page.add_init_script('Object.defineProperty(Notification, "permission", { value: "denied" })')

    visitor.go(f"/bookings/{booking.pk}/")

    visitor.page.locator("[data-push-state=denied]").wait_for()
    visitor.photograph("push-denied")
    assert not visitor.page.locator("[data-push] button:visible").count()


def test_an_open_page_says_by_itself_that_the_time_is_nearly_over(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    Network.objects.update(reminder_lead_seconds=30 * 60 - 4)
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.go(f"/bookings/{booking.pk}/")
    word = visitor.page.locator("[data-nearly-over]")
    assert not word.is_visible()

    word.wait_for()

    assert "The time is nearly over" in word.inner_text()
    visitor.photograph("nearly-over")
