"""From a stranger to a subscriber: sign-up, the link in the mail, the plan, and back to the station."""

import re
from smtplib import SMTPException

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import Plan, Subscriber, Subscription, User
from stations.models import Network, Station
from tests import factories
from tests.website.visitor import Visitor

PASSWORD = "pont-neuf-1607"


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = False


def link_in_the_last_mail() -> str:
    match = re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[-1].body)
    assert match is not None
    return match[1]


def sign_up(visitor: Visitor, email: str = "chloe@example.org") -> Visitor:
    return visitor.press("Sign up", email=email, password1=PASSWORD)


def test_the_whole_way_back_to_the_station(paris: Network, bastille: Station, stranger: Visitor) -> None:
    plan = factories.plan(paris)
    stranger.go(f"/stations/{bastille.code}/").follow("Sign up and reserve")

    sign_up(stranger)
    assert "Look into your mailbox" in stranger.text
    assert not Subscription.objects.exists()
    stranger.go(link_in_the_last_mail())

    assert Subscription.objects.get().plan == plan
    assert stranger.address == f"/stations/{bastille.code}/"
    stranger.press("Reserve this car")
    assert "Your car is waiting" in stranger.text


def test_the_plan_that_binds_least_is_proposed(paris: Network, stranger: Visitor) -> None:
    factories.plan(paris, duration_days=365)
    Plan.objects.create(network=paris, code="ready-to-drive", name="Prêt à rouler")
    Plan.objects.create(network=paris, code="old", name="1 siècle", is_open=False)
    stranger.go("/account/signup/")
    assert stranger.fields_of("Sign up")["plan"] == "ready-to-drive"
    assert "1 siècle" not in stranger.text

    stranger.press("Sign up", email="chloe@example.org", password1=PASSWORD, plan="year").go(link_in_the_last_mail())

    assert Subscription.objects.get().plan.code == "year"


def test_a_plan_that_closed_meanwhile_is_asked_for_anew(paris: Network, stranger: Visitor) -> None:
    plan = factories.plan(paris)
    sign_up(stranger.go("/account/signup/"))
    Plan.objects.filter(pk=plan.pk).update(is_open=False)

    stranger.go(link_in_the_last_mail())

    assert "Choose a plan" in stranger.text
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(("language", "subject"), [("fr", "Confirmez votre e-mail"), ("en", "Confirm your e-mail")])
def test_the_mail_and_the_account_speak_the_persons_language(paris: Network, language: str, subject: str) -> None:
    button = {"fr": "S’inscrire", "en": "Sign up"}[language]

    Visitor(Client(), language).go("/account/signup/").press(button, email="chloe@example.org", password1=PASSWORD)

    assert mail.outbox[-1].subject == subject
    assert User.objects.get().language == language
    assert Subscriber.objects.get().network == paris


def test_another_browser_confirms_and_is_asked_to_sign_in(paris: Network, stranger: Visitor) -> None:
    sign_up(stranger.go("/account/signup/"))

    elsewhere = Visitor(Client()).go(link_in_the_last_mail())

    assert "chloe@example.org is confirmed." in elsewhere.text
    elsewhere.press("Sign in", login="chloe@example.org", password=PASSWORD)
    assert "Choose a plan" in elsewhere.text


def test_whoever_signs_up_twice_learns_it_by_mail_only(paris: Network, anne: Subscriber, stranger: Visitor) -> None:
    factories.user("known@example.org")

    sign_up(stranger.go("/account/signup/"), "known@example.org")

    assert "Look into your mailbox" in stranger.text
    assert mail.outbox[-1].subject == "You have an account already"


def test_a_weak_password_is_explained_beside_its_field(paris: Network, stranger: Visitor) -> None:
    stranger.go("/account/signup/").press("Sign up", email="chloe@example.org", password1="123")

    assert "too short" in stranger.text
    assert 'aria-invalid="true"' in stranger.response.content.decode()
    assert not User.objects.exists()


def test_a_used_link_says_what_to_do(paris: Network, stranger: Visitor) -> None:
    stranger.go("/account/confirm-email/nonsense/")

    assert "This link is too old, or was used already." in stranger.text


def test_a_mail_server_that_is_away_breaks_no_page(
    paris: Network, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise SMTPException("away")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", fail)

    sign_up(stranger.go("/account/signup/"))

    assert stranger.response.status_code == 200
    assert "The e-mail could not be sent just now." in stranger.text


def test_a_forgotten_password(paris: Network, anne: Subscriber, stranger: Visitor) -> None:
    stranger.go("/account/login/").follow("Forgotten your password?")
    stranger.press("Send me the link", email=anne.user.email)

    stranger.go(link_in_the_last_mail())
    stranger.press("Save the password", password1=PASSWORD, password2=PASSWORD)

    assert "Your password is changed" in stranger.text
    anne.user.refresh_from_db()
    assert anne.user.check_password(PASSWORD)


def test_signing_in_speaks_the_language_of_the_account(paris: Network) -> None:
    person = factories.subscriber(paris, "Anne", language="fr")
    person.user.set_password(PASSWORD)
    person.user.save()
    EmailAddress.objects.create(user=person.user, email=person.user.email, verified=True, primary=True)

    visitor = Visitor(Client(), "en").go("/account/login/")
    visitor.press("Sign in", login=person.user.email, password=PASSWORD)

    assert visitor.page.language == "fr"


def test_a_wrong_password_is_refused_politely(paris: Network, anne: Subscriber, stranger: Visitor) -> None:
    stranger.go("/account/login/").press("Sign in", login=anne.user.email, password="wrong")

    assert "not correct" in stranger.text


def test_signing_out(visitor: Visitor) -> None:
    visitor.go("/account/").press("Sign out")

    assert "You are signed out." in visitor.text
    assert visitor.go("/account/").address.startswith("/account/login/")


def test_a_plan_is_chosen_once_even_from_two_tabs(paris: Network) -> None:
    plan = factories.plan(paris)
    person = factories.subscriber(paris, "Chloé", is_subscribed=False)
    client = Client()
    client.force_login(person.user)
    one, other = Visitor(client).go("/account/plans/"), Visitor(client).go("/account/plans/")

    one.press(f"Choose {plan.name}")
    other.press(f"Choose {plan.name}")

    assert "You have a plan" in other.text
    assert Subscription.objects.filter(subscriber=person).count() == 1


def test_a_mistake_does_not_lose_the_way(paris: Network, stranger: Visitor) -> None:
    factories.plan(paris)
    stranger.go("/account/signup/?next=/stations/somewhere/")

    stranger.press("Sign up", email="chloe@example.org", password1="123")

    assert stranger.response.status_code == 200
    assert stranger.fields_of("Sign up")["next"] == "/stations/somewhere/"
    assert stranger.address == "/account/signup/?next=/stations/somewhere/"
