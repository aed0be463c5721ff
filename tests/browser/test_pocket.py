"""The website in one's pocket: what an installed worker shows when the network is gone, and the notices it shows."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import PushSubscription, Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


@pytest.fixture
def booking(city: Network, chloe: Subscriber) -> Booking:
    Station.objects.filter(code="bastille").update(access_note="Blue door, code 1789")
    Station.objects.filter(code="nation").update(address="2 place de la Nation", access_note="Level -1, on the left")
    return operations.reserve(
        subscriber=chloe,
        station=Station.objects.get(code="bastille"),
        destination=Station.objects.get(code="nation"),
        actor="test",
    )


def with_worker(screen: Callable[..., Screen], path: str, **options: Any) -> Screen:
    """On the page, with the worker at work and the booking in the pocket."""
    visitor = screen(service_workers="allow", **options)
    visitor.go(path)
    visitor.page.evaluate("() => navigator.serviceWorker.ready")
    visitor.until("localStorage.getItem('pocket') !== null")
    return visitor


def without_network(visitor: Screen, path: str) -> None:
    visitor.context.set_offline(True)
    visitor.go(path)
    visitor.sees("No connection")


def forgive_the_network(visitor: Screen) -> None:
    visitor.complaints = [text for text in visitor.complaints if not any(word in text for word in OFFLINE)]


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("fr", 390, "light"), ("fr", 1280, "dark"), ("en", 390, "dark"), ("en", 1280, "light")],
)
def test_without_network_the_booking_is_still_there(
    screen: Callable[..., Screen],
    booking: Booking,
    signed_in: dict[str, Any],
    language: str,
    width: int,
    scheme: str,
) -> None:
    visitor = with_worker(
        screen, f"/bookings/{booking.pk}/", language=language, width=width, cookies=signed_in, color_scheme=scheme
    )

    without_network(visitor, "/bookings/")

    shown = visitor.page.locator("[data-pocket-booking]").inner_text()
    for fact in (booking.vehicle.plate, "Bastille", "1 rue de la Roquette", "Blue door, code 1789"):
        assert fact in shown
    for fact in ("Nation", "2 place de la Nation", "Level -1, on the left"):
        assert fact in shown
    visitor.until("/^2?9:5\\d$/.test(document.querySelector('[role=timer]').textContent)")
    visitor.photograph(f"offline-{scheme}")
    visitor.context.set_offline(False)
    visitor.page.locator("h1", has_text=visitor.say("My bookings")).wait_for()
    assert visitor.page.url.endswith("/bookings/")
    forgive_the_network(visitor)


def test_while_driving_the_way_back_is_there(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    operations.start_trip(booking=booking, actor="test")
    visitor = with_worker(screen, "/", language="en", width=390, cookies=signed_in)

    without_network(visitor, f"/bookings/{booking.pk}/")

    shown = visitor.page.locator("[data-pocket-booking]").inner_text()
    assert "Have a good drive" in shown
    assert "Your car is waiting" not in shown
    assert "Bastille" not in shown
    assert "2 place de la Nation" in shown
    visitor.photograph("offline-driving")
    forgive_the_network(visitor)


def test_after_a_change_the_pocket_changes(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, f"/bookings/{booking.pk}/", language="en", width=390, cookies=signed_in)
    until = "() => JSON.parse(localStorage.getItem('pocket')).booking.until.at"
    before = visitor.page.evaluate(until)

    visitor.press("Keep it longer")
    visitor.page.wait_for_function(f"before => ({until})() !== before", arg=before)
    visitor.page.get_by_text("You do not need it any more").click()
    visitor.press("Cancel the booking")
    visitor.sees("The booking is cancelled")

    visitor.until("localStorage.getItem('pocket') === null")


def test_after_signing_out_nothing_personal_is_left(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, "/account/", language="en", width=390, cookies=signed_in)
    visitor.press("Sign out")
    visitor.page.get_by_role("link", name="Sign in").wait_for()

    without_network(visitor, f"/bookings/{booking.pk}/")

    assert not visitor.page.locator("[data-pocket-booking]").is_visible()
    left = visitor.page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert left == "{}"
    kept = """async () => {
      const words = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) words.push(await (await cache.match(request)).text());
      }
      return words.join(" ");
    }"""
    cached = visitor.page.evaluate(kept)
    assert "data-offline" in cached
    assert booking.vehicle.plate not in cached
    assert "Roquette" not in cached
    visitor.photograph("offline-stranger")
    forgive_the_network(visitor)


def test_another_account_erases_the_pocket(
    screen: Callable[..., Screen], city: Network, booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, "/", language="en", width=390, cookies=signed_in)
    visitor.page.evaluate("""() => {
      const pocket = JSON.parse(localStorage.pocket);
      const booking = { ...pocket.booking, plate: "X" };
      localStorage.pocket = JSON.stringify({ ...pocket, booking, account: "somebody else" });
    }""")

    visitor.go("/account/")

    visitor.page.wait_for_function(
        "plate => JSON.parse(localStorage.getItem('pocket'))?.booking.plate === plate", arg=booking.vehicle.plate
    )


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


def test_installing_is_offered_only_when_the_browser_offers_it(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=390)
    visitor.go("/")
    button = visitor.page.get_by_role("button", name="Install the app")
    assert button.count() == 0

    visitor.page.evaluate("""() => {
      const offer = new Event("beforeinstallprompt", { cancelable: true });
      offer.prompt = () => { window.wasAsked = true; };
      window.dispatchEvent(offer);
    }""")
    button.click()

    assert visitor.page.evaluate("window.wasAsked")
    assert button.count() == 0


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
