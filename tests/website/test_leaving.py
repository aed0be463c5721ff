"""To take one's data along, and to leave for good."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from accounts.models import Subscriber, User
from accounts.operations import give_badge, issue_token
from bookings import notifications, operations
from stations.models import Network, Station
from tests import factories
from tests.website.conftest import PASSWORD
from tests.website.test_sign_up import link_in_the_last_mail
from tests.website.visitor import Visitor


def download(visitor: Visitor) -> dict:
    visitor.go("/account/data/").press("Download my data")
    if "Is it you?" in visitor.text:
        visitor.press("Confirm", password=PASSWORD).press("Download my data")
    assert "attachment" in visitor.response["Content-Disposition"]
    return json.loads(visitor.html)


def driven(subscriber: Subscriber, start: Station, end: Station) -> None:
    """A reservation with a dock, cancelled, and what was mailed about it."""
    booking = operations.reserve(subscriber=subscriber, station=start, destination=end, actor="test")
    notifications.deliver_events()
    notifications.send_due()
    operations.cancel(booking=booking, actor="test")


def with_everything(subscriber: Subscriber, canary: str, start: Station, end: Station) -> str:
    """Something of every kind, each with the canary in it; answers the token."""
    user = subscriber.user
    User.objects.filter(pk=user.pk).update(full_name=f"name-{canary}", phone=f"+33-{canary}")
    EmailAddress.objects.create(user=user, email=f"{canary}@example.org", verified=False)
    Authenticator.objects.create(user=user, type="webauthn", data={"name": f"passkey-{canary}", "credential": {}})
    give_badge(subscriber=subscriber, uid=f"04AA{canary}")
    driven(subscriber, start, end)
    return issue_token(user=user, scopes=["booking"], label=f"token-{canary}")


def test_the_file_has_everything_of_ones_own(
    member: Visitor, anne: Subscriber, bastille: Station, nation: Station
) -> None:
    token = with_everything(anne, "A1A1", bastille, nation)

    found = download(member)

    assert member.response["Cache-Control"] == "no-store"
    assert found["profile"]["name"] == "name-A1A1"
    assert found["profile"]["phone"] == "+33-A1A1"
    assert [one["address"] for one in found["e_mail_addresses"]] == [anne.user.email, "A1A1@example.org"]
    assert [one["name"] for one in found["passkeys"]] == ["passkey-A1A1"]
    assert [one["label"] for one in found["tokens"]] == ["token-A1A1"]
    assert [one["last_four"] for one in found["badges"]] == ["A1A1"]
    assert [one["plan"] for one in found["subscriptions"]] == ["1 an"]
    assert len(found["devices"]) == 1
    booking = found["bookings"][0]
    assert (booking["from"], booking["state"]) == ("Bastille", "cancelled")
    assert [one["station"] for one in booking["docks_kept"]] == ["Nation"]
    assert booking["rating"] is None
    assert [one["kind"] for one in booking["notices"]] == ["confirmation"]
    assert token not in member.html
    assert "04AA" not in member.html


def test_the_file_has_nothing_of_anybody_else(
    member: Visitor, paris: Network, bastille: Station, nation: Station
) -> None:
    bruno = factories.subscriber(paris, "Bruno")
    with_everything(bruno, "B2B2", bastille, nation)

    download(member)

    assert "B2B2" not in member.html
    assert bruno.user.email not in member.html
    assert str(bruno.reference) not in member.html


def test_the_file_reads_well(member: Visitor, anne: Subscriber) -> None:
    User.objects.filter(pk=anne.user.pk).update(full_name="Zoé Ménard")

    download(member)

    assert '\n    "name": "Zoé Ménard"' in member.html


@pytest.mark.parametrize("page", ["/account/data/export/", "/account/delete/"])
def test_an_open_page_is_not_enough(member: Visitor, anne: Subscriber, page: str) -> None:
    member.send(page, {"understood": "on", "key": "k"})

    assert "Is it you?" in member.text
    assert "Content-Disposition" not in member.response
    assert User.objects.get(pk=anne.user.pk).is_active


def deletion(member: Visitor) -> Visitor:
    return member.go("/account/data/").follow("Delete my account").press("Confirm", password=PASSWORD)


def test_leaving_and_coming_back(member: Visitor, anne: Subscriber, stranger: Visitor) -> None:
    elsewhere = Visitor(Client()).go("/account/login/")
    elsewhere.press("Sign in", login=anne.user.email, password=PASSWORD)
    email = anne.user.email
    factories.plan(anne.network)

    deletion(member).press("Delete my account for good", understood="on")

    assert (member.address, "Your account is deleted" in member.text) == ("/goodbye/", True)
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([email], "Your account is deleted")
    for visitor in (member, elsewhere):
        assert visitor.go("/account/").address.startswith("/account/login/")
    assert "not correct" in member.press("Sign in", login=email, password=PASSWORD).text

    stranger.go("/account/signup/").press("Sign up", email=email, password1=PASSWORD)
    stranger.go(link_in_the_last_mail())
    assert stranger.go("/account/").text.count(email) == 1
    assert "Nothing here yet" in stranger.go("/bookings/").text


def test_it_is_read_before_it_is_done(member: Visitor, anne: Subscriber) -> None:
    deletion(member).press("Delete my account for good")

    assert member.response.status_code == 400
    assert "Tick the box first" in member.text
    assert User.objects.get(pk=anne.user.pk).is_active


def test_not_while_a_booking_is_running(member: Visitor, anne: Subscriber, bastille: Station) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    deletion(member).press("Delete my account for good", understood="on")

    assert member.response.status_code == 409
    assert "You have a booking that is running." in member.text
    assert User.objects.get(pk=anne.user.pk).is_active
    assert mail.outbox == []


def test_operators_are_told_who_closes_their_account(paris: Network) -> None:
    odile = factories.operator(paris)
    client = Client()
    client.force_login(odile)
    visitor = Visitor(client)

    assert "An administrator of the service closes it" in visitor.go("/account/delete/").text
    assert visitor.send("/account/delete/", {"understood": "on", "key": "k"}).response.status_code == 409
    assert User.objects.get(pk=odile.pk).is_active


def test_a_stranger_may_read_the_goodbye_and_nothing_else(paris: Network, stranger: Visitor) -> None:
    assert stranger.go("/goodbye/").response.status_code == 200
    for page in ("/account/data/", "/account/delete/", "/account/security/"):
        assert stranger.go(page).address.startswith("/account/login/")


def test_a_mail_server_that_is_away_brings_no_account_back(
    member: Visitor, anne: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise OSError("away")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", fail)
    deletion(member).press("Delete my account for good", understood="on")

    assert member.address == "/goodbye/"
    assert not User.objects.get(pk=anne.user.pk).is_active
