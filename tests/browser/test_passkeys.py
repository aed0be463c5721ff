"""A passkey in a real browser, with an authenticator that is always there and always says yes."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail

from accounts.models import Subscriber, User
from accounts.operations import give_badge
from stations.models import Network
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser

PASSWORD = "pont-neuf-1607"


@pytest.fixture
def chloe_who_knows_her_password(chloe: Subscriber) -> User:
    user = chloe.user
    user.email = "chloe@example.org"
    user.set_password(PASSWORD)
    user.save(update_fields=["email", "password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    give_badge(subscriber=chloe, uid="04AABBCC1234")
    return user


@pytest.fixture
def at_home(screen: Callable[..., Screen]) -> Screen:
    """Under the name `localhost`: passkeys know no numbers."""
    return screen(language="en", width=390)


def with_authenticator(visitor: Screen) -> None:
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Any) -> None:
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/account/" not in url)


def test_a_passkey_is_made_and_signs_in(at_home: Screen, chloe_who_knows_her_password: User) -> None:
    visitor, page = at_home, at_home.page
    with_authenticator(visitor)
    visitor.go("/account/login/")
    page.get_by_label("E-mail").fill(chloe_who_knows_her_password.email)
    page.get_by_label("Password").fill(PASSWORD)
    visitor.photograph("sign-in")
    sign_in(page)

    visitor.go("/account/")
    visitor.photograph("account")
    visitor.follow("Add a passkey")
    visitor.photograph("is-it-you")
    page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Confirm")
    page.get_by_label("Name of the passkey").wait_for()
    visitor.photograph("add-a-passkey")
    visitor.press("Make the passkey")
    visitor.sees("The passkey is added.")
    visitor.photograph("ways-in")
    assert Authenticator.objects.get().wrap().is_passwordless
    page.get_by_role("link", name="Rename").first.click()
    visitor.photograph("rename")
    visitor.go("/account/security/")
    page.get_by_role("link", name="Remove").first.click()
    visitor.photograph("remove")
    visitor.go("/account/security/")
    visitor.press("Sign out here")
    visitor.sees("You are signed out.")

    # Where the browser can, it offers the passkey in the field; this authenticator says yes at once.
    visitor.go("/account/login/")
    page.wait_for_url(lambda url: "/account/" not in url)
    used_at = Authenticator.objects.get().last_used_at
    assert used_at is not None
    visitor.go("/account/security/")
    visitor.press("Sign out here")
    visitor.sees("You are signed out.")

    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    visitor.go("/account/login/?next=/account/security/")
    visitor.press("Sign in with a passkey")
    visitor.sees("last used")
    assert page.url.endswith("/account/security/")
    assert Authenticator.objects.get().last_used_at > used_at


def test_the_data_and_the_farewell(at_home: Screen, chloe_who_knows_her_password: User, city: Network) -> None:
    visitor, page = at_home, at_home.page
    visitor.go("/account/login/")
    page.get_by_label("E-mail").fill(chloe_who_knows_her_password.email)
    page.get_by_label("Password").fill(PASSWORD)
    sign_in(page)
    visitor.go("/account/data/")
    visitor.photograph("your-data")
    visitor.press("Download my data")
    page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Confirm")
    visitor.sees("the download starts at once")
    with page.expect_download() as downloading:
        visitor.press("Download my data")
    assert downloading.value.suggested_filename.startswith("autolib-")

    visitor.follow("Delete my account")
    visitor.photograph("delete")
    page.get_by_label("I understand that this cannot be undone.").check()
    visitor.press("Delete my account for good")
    visitor.sees("Goodbye, and thank you")
    visitor.photograph("goodbye")
    assert mail.outbox[-1].subject == "Your account is deleted"


def test_a_password_takes_back_the_question_for_a_passkey(at_home: Screen, chloe_who_knows_her_password: User) -> None:
    """Its answer brings a session; had it come after the one of the password, it would have signed her out."""
    page, held, taken_back = at_home.page, [], []

    def hold(route: Any) -> None:
        is_page = route.request.url.endswith("/account/login/") and route.request.method == "GET"
        route.continue_() if is_page else held.append(route)

    page.route("**/account/login/", hold)
    page.route("**/account/passkeys/sign-in/", hold)
    page.on("requestfailed", lambda request: taken_back.append(request.url))
    at_home.go("/account/login/")
    page.get_by_label("E-mail").fill(chloe_who_knows_her_password.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.wait_for_timeout(500)
    question = held[0].request.url

    page.locator("main").get_by_role("button", name="Sign in", exact=True).click(no_wait_after=True)
    page.wait_for_timeout(500)

    assert [route.request.method for route in held] == ["GET", "POST"]
    assert taken_back == [question]
    held[1].continue_()
    page.wait_for_url(lambda url: "/account/" not in url)


def test_under_another_name_no_dead_button_is_shown(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="fr", width=390)
    visitor.address = visitor.address.replace("localhost", "127.0.0.1")

    visitor.go("/account/login/")

    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.locator("form[data-passkey]").is_hidden()
