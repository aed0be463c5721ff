"""The operators of a network in the console: who sees them, appoints them and dismisses them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Appointment, User
from stations.models import Network, Proposal, Trace
from stations.rights import Role
from stations.story import LOOKS
from tests import factories
from tests.console.pages import url
from tests.console.test_proof import PASSWORD, code_of, sign_in, with_app
from tests.website.visitor import Visitor

LIST, ADD = url(Appointment, "changelist"), url(Appointment, "add")
DISMISS = reverse("admin:accounts_appointment_act", args=["dismiss"])


@pytest.fixture
def karim(lyon: Network) -> User:
    return factories.operator(lyon, name="Karim", role=Role.CREW)


def typed(network: Network, **said: Any) -> dict[str, Any]:
    new = {"email": "nina@city.example", "full_name": "Nina Roche", "role": "control", "reason": "Night shift"}
    return {**new, "network": network.pk, **said}


def told(response: Any) -> str:
    return response.content.decode()


def test_the_list_names_the_operators_of_ones_own_networks(
    at_desk: Client, lucien: User, karim: User, odile: User
) -> None:
    page = told(at_desk.get(LIST))

    assert all(words in page for words in ("Operators of a network", "Karim", karim.email, "field crew", "Lucien"))
    assert "Odile" not in page
    assert list(at_desk.get(LIST, {"role": "crew"}).context["cl"].queryset) == [karim.appointments.get()]
    assert list(at_desk.get(LIST, {"q": "karim"}).context["cl"].queryset) == [karim.appointments.get()]
    assert LIST in told(at_desk.get(reverse("admin:index")))


def test_somebody_is_appointed_and_dismissed(at_desk: Client, lyon: Network, lucien: User, karim: User) -> None:
    done = at_desk.post(ADD, typed(lyon), follow=True)
    made = Appointment.objects.get(user__email="nina@city.example")
    history = told(at_desk.get(url(Appointment, "history", made.pk)))
    asked = at_desk.get(DISMISS, {"id": made.pk})
    gone = at_desk.post(DISMISS, {"id": made.pk, "reason": "Left us", "back": "page"}, follow=True)

    assert "Appointed: Nina Roche" in told(done)
    assert all(words in history for words in ("appointed", "Night shift", "Lucien"))
    assert "Nina Roche" in told(asked)
    assert (gone.status_code, gone.redirect_chain[-1][0]) == (200, LIST)
    assert "Dismiss: done for Nina Roche" in told(gone)
    assert not Appointment.objects.filter(pk=made.pk).exists()
    traces = Trace.objects.filter(actor=f"operator:{lucien.pk}", model="accounts.appointment").exclude(act__in=LOOKS)
    assert [(one.act, one.reason, one.network) for one in traces.order_by("id")] == [
        ("appoint", "Night shift", lyon),
        ("dismiss", "Left us", lyon),
    ]


def test_a_second_manager_takes_four_eyes(at_desk: Client, lyon: Network, lucien: User, karim: User) -> None:
    other = factories.operator(lyon, name="Omar")

    added = at_desk.post(ADD, typed(lyon, email=karim.email, role="manager"), follow=True)
    asked = at_desk.post(DISMISS, {"id": other.appointments.get().pk, "reason": "Why?", "back": "page"}, follow=True)

    assert all("this takes four eyes" in told(page) for page in (added, asked))
    assert asked.redirect_chain[-1][0] == url(Appointment, "change", other.appointments.get().pk)
    assert "proposed, for four eyes" in told(at_desk.get(url(Appointment, "history", other.appointments.get().pk)))
    assert [proposal.what for proposal in Proposal.objects.order_by("id")] == ["appoint", "dismiss"]
    assert karim.appointments.count() == 1
    finance = Client()
    finance.force_login(factories.operator(lyon, name="Lucie", role=Role.FINANCE))
    finance.cookies["django_language"] = "en"
    page, proposal = reverse("admin:stations_proposal_act", args=["approve"]), Proposal.objects.earliest("id")
    shown = finance.get(page, {"id": proposal.pk})
    seen = shown.context["form"].fields["seen"].initial
    finance.post(page, {"id": proposal.pk, "seen": seen, "reason": ""})
    assert f"Karim ({karim.email}) is network manager" in told(shown)
    assert karim.appointments.filter(role=Role.MANAGER).exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"role": "king"}, "role"),
        ({"full_name": ""}, "full_name"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    said: dict[str, str], field: str, at_desk: Client, lyon: Network
) -> None:
    refused = at_desk.post(ADD, typed(lyon, **said))

    assert list(refused.context["form"].errors) == [field]
    assert not User.objects.filter(email="nina@city.example").exists()


def test_nobody_is_appointed_elsewhere_or_by_himself(
    at_desk: Client, lyon: Network, paris: Network, lucien: User
) -> None:
    Appointment.objects.create(user=lucien, network=paris, role=Role.AUDITOR)
    elsewhere = at_desk.post(ADD, typed(paris))
    oneself = at_desk.post(ADD, typed(lyon, email=lucien.email))

    assert list(at_desk.get(ADD).context["form"].fields["network"].queryset) == [lyon]
    assert list(elsewhere.context["form"].errors) == ["network"]
    assert "Nobody decides on a role of his own" in told(oneself)
    own = at_desk.post(DISMISS, {"id": lucien.appointments.get(network=lyon).pk, "reason": "x"}, follow=True)
    assert "Nobody decides on a role of his own" in told(own)
    assert at_desk.get(DISMISS, {"id": lucien.appointments.get(network=paris).pk}).status_code == 404


def test_who_audits_sees_them_and_changes_nothing(client: Client, lyon: Network, karim: User) -> None:
    client.force_login(factories.operator(lyon, name="Aude", role=Role.AUDITOR))
    appointment = karim.appointments.get()

    assert client.get(url(Appointment, "change", appointment.pk)).status_code == 200
    assert client.get(ADD).status_code == client.post(ADD, typed(lyon)).status_code == 403
    assert client.post(DISMISS, {"id": appointment.pk, "reason": "x"}).status_code == 404


def test_both_ask_anew_who_one_is_and_keep_what_was_typed(
    paris: Network, lyon: Network, lucien: User, karim: User, settings: Settings, time: Any
) -> None:
    settings.OPERATOR_SECOND_FACTOR, settings.ACCOUNT_RATE_LIMITS = True, False
    lucien.set_password(PASSWORD)
    lucien.language = "en"
    lucien.save(update_fields=["password", "language"])
    lucien.emailaddress_set.create(email=lucien.email, verified=True, primary=True)
    secret = with_app(lucien)
    desk = sign_in(Visitor(Client()), lucien, ADD).press("Go on", code=code_of(secret))
    assert desk.address == ADD
    time.forward(minutes=16)

    desk.send(ADD, {name: str(value) for name, value in typed(lyon).items()})
    assert "then confirm once more" in desk.text
    assert not User.objects.filter(email="nina@city.example").exists()
    desk.press("Go on", code=code_of(secret))
    assert (desk.address, "Night shift" in desk.html) == (ADD, True)
    desk.send(ADD, {name: str(value) for name, value in typed(lyon).items()})
    assert User.objects.filter(email="nina@city.example").exists()

    time.forward(minutes=16)
    desk.send(DISMISS, {"id": str(karim.appointments.get().pk), "reason": "Left us"})
    assert "then confirm once more" in desk.text
    assert karim.appointments.exists()
