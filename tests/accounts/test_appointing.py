"""Managers appoint and dismiss; a role that approves takes four eyes; who has no role left is out at once."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import invitations
from accounts import tasks as accounts_tasks
from accounts.appointing import appoint, dismiss
from accounts.erasing import is_erased
from accounts.models import Appointment, SignIn, User
from accounts.refusals import (
    AccountClosed,
    AlreadyAppointed,
    AppointmentProposed,
    NameRequired,
    NotAnOperator,
    NotAppointed,
    OwnAppointment,
)
from stations import clock, four_eyes
from stations.models import Network, Proposal, Trace
from stations.refusals import Refusal
from stations.rights import Role
from tests import factories
from tests.website.visitor import Visitor

EMAIL, NAME = "nina@city.example", "Nina Roche"


@pytest.fixture(autouse=True)
def _mail(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def odile(paris: Network) -> User:
    return factories.operator(paris, name="Odile")


@pytest.fixture
def lucie(paris: Network) -> User:
    return factories.operator(paris, name="Lucie", role=Role.FINANCE)


def by(person: User) -> str:
    return f"operator:{person.pk}"


def give(network: Network, actor: User, role: Role = Role.CONTROL, **said: Any) -> Any:
    given = {"email": EMAIL, "full_name": NAME, "role": role, "reason": "Night shift", **said}
    return appoint(network=network, actor=by(actor), **given)


def take(appointment: Appointment, actor: User) -> Any:
    return dismiss(appointment=appointment, reason="Left us", actor=by(actor))


def approve(proposal: Proposal, actor: User) -> Any:
    proposal = Proposal.objects.get(pk=proposal.pk)
    return four_eyes.approve(proposal=proposal, actor=by(actor), seen=four_eyes.fingerprint(proposal))


def role_of(person: User, network: Network) -> Appointment:
    return person.appointments.get(network=network)


def told() -> list[tuple]:
    return [(one.act, one.model, one.before, one.after) for one in Trace.objects.order_by("id")]


def test_a_new_person_becomes_an_operator_and_chooses_a_password(
    paris: Network, odile: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.OPERATOR_SECOND_FACTOR = True
    paris.languages = ["en"]
    with django_capture_on_commit_callbacks(execute=True):
        made = give(paris, odile, email="Nina@City.example")

    nina = User.objects.get(email=EMAIL)
    assert (made.user, made.network, made.role) == (nina, paris, "control")
    assert (nina.is_staff, nina.full_name, nina.has_usable_password()) == (True, NAME, False)
    assert told() == [
        ("appoint", "accounts.appointment", {}, {"user": nina.pk, "role": "control"}),
        ("appoint", "accounts.user", {"is_staff": False}, {"is_staff": True}),
    ]
    sent = mail.outbox[0]
    assert (sent.to, "control room" in sent.body, "second step" in sent.body) == ([EMAIL], True, True)
    link = next(line for line in sent.body.splitlines() if "/password/" in line)
    visitor = Visitor(Client()).go(link.removeprefix(settings.PUBLIC_URL))
    visitor.press("Save the password", password1="Vaulx-en-Velin", password2="Vaulx-en-Velin")
    visitor.go("/admin/").press("Sign in", login=EMAIL, password="Vaulx-en-Velin")
    assert visitor.address.split("?")[0] == reverse("admin:factors")
    assert len(mail.outbox) == 1


def test_the_mail_is_in_the_language_of_the_network(
    paris: Network, odile: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        give(paris, odile)

    assert mail.outbox[0].body.startswith("Bonjour")


def test_a_mail_server_that_is_away_undoes_no_appointment(
    paris: Network,
    odile: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def away(*_args: Any) -> None:
        raise OSError

    monkeypatch.setattr(invitations, "send_mail", away)
    with django_capture_on_commit_callbacks(execute=True):
        give(paris, odile)

    assert Appointment.objects.filter(user__email=EMAIL).exists()


def test_a_known_operator_is_appointed_as_he_is(
    paris: Network, odile: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    karim = factories.operator(factories.network("lyon"), name="Karim", role=Role.CREW)

    with django_capture_on_commit_callbacks(execute=True):
        give(paris, odile, email=karim.email, full_name="Somebody else")

    karim.refresh_from_db()
    assert (karim.full_name, karim.appointments.count(), mail.outbox) == ("Karim", 2, [])


@pytest.mark.parametrize("is_appointed_by_a_superuser", [False, True])
def test_who_may_not_be_appointed(paris: Network, odile: User, is_appointed_by_a_superuser: bool) -> None:
    User.objects.filter(pk=odile.pk).update(is_superuser=is_appointed_by_a_superuser)
    subscriber = factories.subscriber(paris).user
    gone = factories.operator(name="Karim", is_active=False)
    kept_out = factories.user(is_superuser=True)
    moved = factories.subscriber(paris).user
    EmailAddress.objects.create(user=moved, email="moved@city.example", verified=True)
    give(paris, odile)
    refused: list[tuple[dict[str, Any], type[Refusal]]] = [
        ({"email": subscriber.email}, NotAnOperator),
        ({"email": kept_out.email}, NotAnOperator),
        ({"email": "moved@city.example"}, NotAnOperator),
        ({"email": gone.email}, AccountClosed),
        ({"email": "new@city.example", "full_name": " "}, NameRequired),
        ({}, AlreadyAppointed),
    ]
    before = User.objects.count(), Appointment.objects.count()

    for said, refusal in refused:
        with pytest.raises(refusal):
            give(paris, odile, **said)

    assert (User.objects.count(), Appointment.objects.count()) == before
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE])
def test_a_role_that_approves_takes_four_eyes_to_give(paris: Network, odile: User, lucie: User, role: Role) -> None:
    proposal = give(paris, odile, role)

    nina = User.objects.get(email=EMAIL)
    assert (nina.is_staff, nina.appointments.exists(), proposal.arguments) == (
        False,
        False,
        {"user": nina.pk, "role": role.value},
    )
    shown = four_eyes.changes(proposal)[0]
    assert (EMAIL in shown.label, NAME in shown.label, shown.before, shown.after) == (True, True, False, True)
    with pytest.raises(AppointmentProposed):
        give(paris, odile, role)
    with pytest.raises(four_eyes.OwnProposal):
        approve(proposal, odile)
    made = approve(proposal, lucie)

    nina.refresh_from_db()
    trace = Trace.objects.get(model="accounts.appointment")
    assert (made.user, made.role, nina.is_staff) == (nina, role, True)
    assert (trace.actor, trace.data) == (by(lucie), {"proposal": proposal.pk, "proposed_by": by(odile)})
    assert NAME not in str(told()) + str(proposal.arguments)
    with pytest.raises(AlreadyAppointed):
        give(paris, odile, role)


def test_whoever_was_proposed_in_vain_is_forgotten(paris: Network, odile: User, lucie: User, time: Any) -> None:
    bystander = factories.user("program@city.example", password=None)  # as a superuser makes one, for a program
    subscriber, crew = factories.subscriber(paris).user, factories.operator(paris, name="Karim", role=Role.CREW)
    declined, approved, late, once_more = (
        give(paris, odile, Role.FINANCE, email=f"{name}@city.example") for name in ("declined", "nina", "late", "more")
    )
    for proposal in (declined, once_more):
        four_eyes.decline(proposal=proposal, actor=by(lucie), reason="Not needed")
    approve(approved, lucie)
    give(paris, odile, Role.MANAGER, email="more@city.example")
    accounts_tasks.forget_old_records()

    def known() -> set[str]:
        return {person.email.partition("@")[0] for person in User.objects.filter(is_active=True)}

    kept = {person.email.partition("@")[0] for person in (odile, lucie, subscriber, crew, bystander)}
    assert known() == kept | {"nina", "late", "more"}
    with translation.override("en"):
        [shown] = four_eyes.changes(Proposal.objects.get(pk=declined.pk))
    assert "account has been erased" in shown.label
    assert Proposal.objects.get(pk=late.pk).decision == ""
    time.forward(days=30)
    accounts_tasks.forget_old_records()
    assert known() == kept | {"nina"}
    assert give(paris, odile, Role.FINANCE, email="late@city.example").arguments != late.arguments


def test_whoever_is_dismissed_before_he_ever_came_is_forgotten(paris: Network, odile: User) -> None:
    invited = give(paris, odile).user
    known = factories.operator(paris, name="Karim", role=Role.CREW, last_login=clock.now())

    take(role_of(invited, paris), odile)
    take(role_of(known, paris), odile)

    invited.refresh_from_db()
    known.refresh_from_db()
    assert (is_erased(invited), is_erased(known), known.is_staff) == (True, False, False)
    assert give(paris, odile).user != invited


def test_a_role_that_approves_takes_four_eyes_to_take_away(paris: Network, odile: User, lucie: User) -> None:
    other = factories.operator(paris, name="Omar")

    proposal = take(role_of(other, paris), odile)
    with pytest.raises(AppointmentProposed):
        take(role_of(other, paris), odile)
    with pytest.raises(OwnAppointment):
        approve(proposal, other)
    assert role_of(other, paris)
    approve(proposal, lucie)

    other.refresh_from_db()
    assert (other.is_staff, other.appointments.exists()) == (False, False)


def test_what_a_superuser_took_away_meanwhile_is_not_taken_twice(paris: Network, odile: User, lucie: User) -> None:
    other = factories.operator(paris, name="Omar")
    proposal = take(role_of(other, paris), odile)
    take(role_of(other, paris), factories.operator(name="Alix", is_superuser=True))

    with pytest.raises(NotAppointed):
        approve(proposal, lucie)


def test_a_dismissed_manager_has_proposed_nothing(paris: Network, odile: User, lucie: User) -> None:
    proposal = give(paris, odile, Role.MANAGER)
    approve(take(role_of(odile, paris), factories.operator(paris, name="Omar")), lucie)

    with pytest.raises(four_eyes.ProposerGone):
        approve(proposal, lucie)


def test_nobody_decides_on_a_role_of_his_own_but_a_superuser(paris: Network, odile: User, lucie: User) -> None:
    with pytest.raises(OwnAppointment):
        give(paris, odile, Role.CREW, email=odile.email)
    with pytest.raises(OwnAppointment):
        take(role_of(odile, paris), odile)
    with pytest.raises(OwnAppointment):
        approve(give(paris, odile, Role.MANAGER, email=lucie.email), lucie)

    User.objects.filter(pk=odile.pk).update(is_superuser=True)
    give(paris, odile, Role.FINANCE, email=odile.email)
    take(odile.appointments.get(role=Role.MANAGER), odile)
    take(odile.appointments.get(), odile)
    odile.refresh_from_db()
    assert (odile.appointments.exists(), odile.is_staff) == (False, True)


def test_a_superuser_decides_alone(paris: Network) -> None:
    alix = factories.operator(name="Alix", is_superuser=True)

    made = give(paris, alix, Role.MANAGER)
    take(made, alix)

    assert not Proposal.objects.exists()
    assert [line[:2] for line in told()] == [
        ("appoint", "accounts.appointment"),
        ("appoint", "accounts.user"),
        ("dismiss", "accounts.appointment"),
        ("dismiss", "accounts.user"),
    ]


def test_who_has_no_role_left_is_signed_out_and_may_come_back(
    paris: Network, odile: User, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    karim = factories.operator(paris, name="Karim", role=Role.CREW, password="Vaulx-en-Velin")
    second = give(paris, odile, Role.CONTROL, email=karim.email)
    client.force_login(karim)
    assert client.get("/admin/").status_code == 200
    assert SignIn.objects.filter(user=karim).exists()

    take(second, odile)
    assert client.get("/admin/").status_code == 200
    take(role_of(karim, paris), odile)

    karim.refresh_from_db()
    assert (karim.is_staff, karim.is_active) == (False, True)
    assert not SignIn.objects.filter(user=karim).exists()
    assert not Session.objects.exists()
    assert client.get("/admin/").status_code == 302
    with pytest.raises(NotAppointed):
        take(second, odile)
    with django_capture_on_commit_callbacks(execute=True):
        give(paris, odile, email=karim.email)
    karim.refresh_from_db()
    assert (karim.is_staff, mail.outbox) == (True, [])
