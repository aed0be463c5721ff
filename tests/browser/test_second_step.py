"""An operator's second step in a real browser: set up, asked for, refused, given, and asked for again."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from stations.models import Network
from tests import factories
from tests.browser.conftest import Screen
from tests.browser.inspection import AXE, EVERY_RULE, RUN_AXE
from tests.browser.test_passkeys import with_authenticator
from tests.console.test_proof import code_of, secret_of, wrong_code

pytestmark = pytest.mark.browser

PASSWORD = "pont-neuf-1607"
# Without `preload` it reads no style sheets, which our policy would not let it put to use.
RUN_AXE_ALONE = RUN_AXE.replace("runOnly,", "runOnly, preload: false,", 1)
# The frame around is Django's own; what is ours must not scroll sideways, nor offer less than a thumb needs.
LOOK_OVER = """() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  for (const element of document.querySelectorAll("#content-main :is(button, .button)")) {
    const { height } = element.getBoundingClientRect();
    if (height > 0 && height < 43.5) wrong.push(`${height}: ${element.outerHTML.slice(0, 80)}`);
  }
  return wrong;
}"""


@pytest.fixture
def odile(city: Network, settings: Settings) -> User:
    settings.OPERATOR_SECOND_FACTOR = True
    user = factories.operator(city)
    user.set_password(PASSWORD)
    user.is_superuser = True
    user.save(update_fields=["password", "is_superuser"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(visitor: Screen, user: User) -> None:
    page = visitor.page
    visitor.go("/admin/")
    page.get_by_label(visitor.say("E-mail")).fill(user.email)
    page.get_by_label(visitor.say("Password"), exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name=visitor.say("Sign in"), exact=True).click()
    page.wait_for_url(lambda url: "/admin/" in url and "/login/" not in url)


def look_at(visitor: Screen, name: str) -> None:
    """By day and by night, on a phone and on a desk."""
    page, faults = visitor.page, []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)  # links are a moment on their way from one colour to the other
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            faults += [f"{theme} {width} {fault}" for fault in page.evaluate(LOOK_OVER)]
            faults += [f"{theme} {width} {fault}" for fault in page.evaluate(RUN_AXE_ALONE, EVERY_RULE)]
            page.screenshot(path=str(visitor.folder / f"second-step-{name}-{theme}-{width}.png"), full_page=True)
    assert faults == [], name


def enter(visitor: Screen, code: str) -> None:
    """With the keyboard alone: the field has the focus already."""
    assert visitor.page.evaluate("document.activeElement.id") == "id_code"
    visitor.page.keyboard.type(code)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_load_state()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_code_beside_the_password(screen: Callable[..., Screen], odile: User, language: str, time: Any) -> None:
    User.objects.filter(pk=odile.pk).update(language=language)
    visitor = screen(language=language, width=390)
    page = visitor.page
    page.add_init_script(AXE)
    sign_in(visitor, odile)
    look_at(visitor, "nothing-yet")

    visitor.follow("Set up the authenticator app")
    secret = "".join(page.locator(".secret span").all_inner_texts())
    look_at(visitor, "app")
    page.locator("#id_code").fill(wrong_code(secret))
    visitor.press("Set up")
    visitor.sees("This code was not accepted. Each counts once and for a minute: take the next one.")
    page.locator("#id_code").fill(code_of(secret))
    visitor.press("Set up")
    page.locator(".recovery-codes li").nth(9).wait_for()
    look_at(visitor, "codes")
    page.emulate_media(media="print")
    assert page.locator("#header").is_hidden()
    page.emulate_media(media="screen")
    visitor.press("I have kept them")
    page.locator("body.dashboard").wait_for()
    assert secret_of(odile) == secret

    page.locator("#logout-form button").click()
    sign_in(visitor, odile)
    look_at(visitor, "asked")
    enter(visitor, wrong_code(secret))
    visitor.sees("This code was not accepted. Each counts once and for a minute: take the next one.")
    look_at(visitor, "refused")
    enter(visitor, code_of(secret, steps=1))
    page.locator("body.dashboard").wait_for()

    visitor.go(reverse("admin:factors"))
    look_at(visitor, "factors")
    time.forward(minutes=16)
    page.locator(".factors a").click()
    page.wait_for_url("**/admin/prove/**")
    enter(visitor, code_of(secret))
    page.wait_for_url("**/remove/**")
    look_at(visitor, "remove")


def test_a_passkey_beside_the_password(screen: Callable[..., Screen], odile: User) -> None:
    User.objects.filter(pk=odile.pk).update(language="en")
    visitor = screen(language="en", width=390)
    page = visitor.page
    page.add_init_script(AXE)
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    with_authenticator(visitor)
    sign_in(visitor, odile)
    visitor.follow("Make a passkey")
    page.get_by_label("Name of the passkey").wait_for()
    look_at(visitor, "passkey")
    visitor.press("Make the passkey")
    visitor.press("I have kept them")
    page.locator("body.dashboard").wait_for()
    assert Authenticator.objects.filter(type="webauthn").count() == 1

    page.locator("#logout-form button").click()
    sign_in(visitor, odile)
    page.get_by_role("button", name="Use a passkey").wait_for()
    look_at(visitor, "passkey-asked")
    visitor.press("Use a passkey")
    page.locator("body.dashboard").wait_for()

    page.locator("#logout-form button").click()
    visitor.go("/account/login/?next=/admin/")
    visitor.press("Sign in with a passkey")
    page.locator("body.dashboard").wait_for()
