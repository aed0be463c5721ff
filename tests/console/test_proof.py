"""Nobody works in the console on a password alone; and what the second step is made of."""

import json
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import second_factors
from accounts.models import RequestCount, SignIn, User
from accounts.refusals import NoSecondFactor, WrongCode
from autolib import counting
from autolib.console import proof, proving
from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.concurrency.rivals import at_once
from tests.conftest import Clock
from tests.console.conftest import City
from tests.console.pages import REGISTERED, url
from tests.website.passkey import Passkey
from tests.website.visitor import Visitor

PASSWORD = "Vaulx-en-Velin"
WRONG = "This code was not accepted"


@pytest.fixture(autouse=True)
def _asked_for(settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = True
    settings.ACCOUNT_RATE_LIMITS = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def desk(paris: Network, lucien: User) -> Visitor:
    """Lucien's browser, signed in with his password."""
    lucien.set_password(PASSWORD)
    lucien.language = "en"
    lucien.save(update_fields=["password", "language"])
    EmailAddress.objects.create(user=lucien, email=lucien.email, verified=True, primary=True)
    return sign_in(Visitor(Client()), lucien)


def sign_in(visitor: Visitor, user: User, page: str = "/admin/") -> Visitor:
    return visitor.go(page).press("Sign in", login=user.email, password=PASSWORD)


def secret_of(user: User) -> str:
    return str(decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"]))


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows; `steps` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30 + steps))


def wrong_code(secret: str) -> str:
    good = {code_of(secret, steps=step) for step in range(-2, 4)}
    return next(code for code in map("{:06}".format, range(10)) if code not in good)


def secret_on(visitor: Visitor) -> str:
    groups = re.findall(r"<span>([A-Z2-7]{4})</span>", visitor.html)
    assert len(groups) == 8
    return "".join(groups)


def with_app(user: User) -> str:
    """The secret of the person's app, set up three minutes ago."""
    secret = second_factors.new_secret()
    second_factors.set_up_app(user=user, secret=secret, code=code_of(secret))
    app = Authenticator.objects.get(user=user, type="totp")
    app.data["used_step"] -= 6
    app.save()
    return secret


def remove_steps_of(user: User, visitor: Visitor, *, reason: str) -> Visitor:
    page = reverse("admin:accounts_user_act", args=["remove_second_steps"])
    return visitor.send(page, {"id": str(user.pk), "reason": reason})


def options_on(visitor: Visitor) -> dict:
    match = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', visitor.html)
    assert match is not None
    return json.loads(match[1])


def test_the_first_time_something_is_set_up(
    desk: Visitor, lucien: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert desk.address.split("?")[0] == reverse("admin:factors")
    desk.follow("Set up the authenticator app")
    secret = secret_on(desk)
    assert desk.html.count("<svg") >= 1

    assert WRONG in desk.press("Set up", code=wrong_code(secret)).text
    assert secret_on(desk) == secret
    with django_capture_on_commit_callbacks(execute=True):
        desk.press("Set up", code=f"{code_of(secret)[:3]} {code_of(secret)[3:]}")

    codes = re.findall(r"<code>(\d{5} \d{5})</code>", desk.html)
    assert len(set(codes)) == 10
    assert desk.press("I have kept them").address == "/admin/"
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))
    assert codes[0] not in desk.go(reverse("admin:factor_codes")).html
    assert "Authenticator app" in mail.outbox[-1].body
    assert mail.outbox[-1].to == [lucien.email]


def test_a_code_is_asked_and_taken_once(desk: Visitor, lucien: User) -> None:
    secret = with_app(lucien)
    page = url(Station, "changelist")

    assert "Show that it is you" in desk.go(page).text
    assert WRONG in desk.press("Go on", code=wrong_code(secret)).text
    code = code_of(secret)
    assert desk.press("Go on", code=code).address == page

    other = sign_in(Visitor(Client()), lucien)
    assert WRONG in other.press("Go on", code=code).text
    assert WRONG in other.press("Go on", code=code_of(secret, steps=-1)).text
    assert other.press("Go on", code=code_of(secret, steps=1)).address == "/admin/"
    assert other.press("Log out").go(page).address.startswith("/account/login/")


@pytest.mark.parametrize("steps", [-3, 3])
def test_an_old_or_early_code_is_refused(lucien: User, steps: int) -> None:
    secret = with_app(lucien)

    with pytest.raises(WrongCode):
        second_factors.accept_code(user=lucien, code=code_of(secret, steps=steps))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\0" * 6, "9" * 500])
def test_what_is_no_code_is_refused_alike(desk: Visitor, lucien: User, code: str) -> None:
    with_app(lucien)

    assert desk.go("/admin/").press("Go on", code=code).address.startswith(reverse("admin:prove"))


def test_a_recovery_code_counts_once_and_is_said(
    desk: Visitor, lucien: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with_app(lucien)
    codes = second_factors.make_recovery_codes(user=lucien)

    with django_capture_on_commit_callbacks(execute=True):
        desk.go("/admin/").press("Go on", code=f"{codes[3][:5]} {codes[3][5:]}")

    assert desk.address == "/admin/"
    assert "This recovery code is used up; 9 are left." in desk.text
    assert "Left: 9" in mail.outbox[-1].body
    assert WRONG in sign_in(Visitor(Client()), lucien).press("Go on", code=codes[3]).text
    for code in codes[4:]:
        second_factors.accept_code(user=lucien, code=code)
    assert "Make new ones" in sign_in(Visitor(Client()), lucien).press("Go on", code=codes[0]).text


def test_after_five_wrong_codes_one_waits_and_not_for_ever(
    desk: Visitor,
    lucien: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    secret = with_app(lucien)
    desk.go("/admin/")

    with django_capture_on_commit_callbacks(execute=True):
        answers = [desk.press("Go on", code=wrong_code(secret)).response.status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert "Too many attempts" in desk.press("Go on", code=code_of(secret)).text
    assert [one.subject for one in mail.outbox] == ["Somebody is guessing your codes"]

    monkeypatch.setattr(proving, "_key", lambda user: f"the next window of {user.pk}")
    assert desk.press("Go on", code=code_of(secret)).address == "/admin/"


def test_right_codes_use_up_no_attempts(desk: Visitor, lucien: User) -> None:
    with_app(lucien)

    for code in second_factors.make_recovery_codes(user=lucien)[:7]:
        assert desk.go(reverse("admin:prove")).press("Go on", code=code).address == "/admin/"


def guesses_that_count(monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[int]]:
    """Of sixteen at one moment: how many were looked at, and the answers."""
    lucien = factories.operator(factories.network())
    secret = with_app(lucien)
    looked_at: list[str] = []
    accept = second_factors.accept_code

    def noting(**given: object) -> object:
        looked_at.append("one")
        return accept(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(second_factors, "accept_code", noting)
    clients = [Client() for _ in range(16)]
    for client in clients:
        client.force_login(lucien)
    guess = {"code": wrong_code(secret)}
    answers = at_once([partial(client.post, reverse("admin:prove"), guess) for client in clients])
    return len(looked_at), sorted(answer.status_code for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_never_exceed_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guesses_that_count(monkeypatch) == (5, [200] * 5 + [429] * 11)


@pytest.mark.django_db(transaction=True)
def test_control_who_reads_before_counting_lets_them_by(monkeypatch: pytest.MonkeyPatch) -> None:
    count = counting.count

    def read_then_count(key: str, *, window_seconds: int) -> tuple[int, float]:
        seen = RequestCount.objects.filter(key=key).values_list("count", flat=True).first() or 0
        slowly()
        count(key, window_seconds=window_seconds)
        return seen + 1, 0.0

    monkeypatch.setattr(counting, "count", read_then_count)

    assert guesses_that_count(monkeypatch)[0] > 5


def slowly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.3)")


def doors_opened(kind: str) -> int:
    """By one code, from eight at one moment."""
    lucien = factories.operator(factories.network())
    secret = with_app(lucien)
    code = code_of(secret) if kind == "app" else second_factors.make_recovery_codes(user=lucien)[0]
    came = at_once([partial(second_factors.accept_code, user=lucien, code=code)] * 8)
    return sum(not isinstance(one, Exception) for one in came)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_the_same_code_from_many_opens_one_door(kind: str) -> None:
    assert doors_opened(kind) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_control_without_the_lock_it_opens_several(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(user: User, type: str) -> Authenticator:
        found = Authenticator.objects.get(user=user, type=type)
        slowly()
        return found

    monkeypatch.setattr(second_factors, "_locked_factor", unlocked)

    assert doors_opened(kind) > 1


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/admin/") -> Iterator[str]:
    """Every address of the console, with 1 for whatever stands in it."""
    for one in patterns:
        route = before + re.sub(r"<[^>]+>", "1", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif "^" not in route and "?P" not in route:
            yield route


OPEN = {"login", "logout", "prove", "prove_by_passkey"}
OPEN |= {"factors", "factor_app", "factor_passkey", "factor_codes", "factor_remove"}


def test_every_address_of_the_console_asks_first(at_desk: Client, lucien: User, lyon_city: City) -> None:
    with_app(lucien)
    User.objects.filter(pk=lucien.pk).update(is_superuser=True)
    taken = {reverse(f"admin:{name}", args=[1] if name == "factor_remove" else []) for name in OPEN}
    rows = [url(type(row), "change", row.pk) for row in (lyon_city.station, lyon_city.vehicle, lyon_city.trip)]
    every = [page for page in addresses(admin.site.get_urls()) if page not in taken]
    every += [*rows, "/admin/stations/", "/admin/nowhere/", "/admin/autocomplete/?term=Traboule"]
    assert len(every) > 4 * len(REGISTERED)
    assert {reverse("admin:jsi18n"), reverse("admin:autocomplete"), reverse("admin:index")} <= set(every)

    for page in every:
        for method in ("get", "post", "put", "head"):
            response = getattr(at_desk, method)(page)
            assert (page, response.status_code) == (page, 302)
            assert response["Location"].split("?")[0] == reverse("admin:prove"), page
            assert lyon_city.mark not in response.content.decode()
    for name in ("prove", "factors", "factor_app", "factor_codes"):
        response = at_desk.get(reverse(f"admin:{name}"), follow=True)
        assert response.redirect_chain == [] or response.redirect_chain[-1][0].startswith(reverse("admin:prove"))
        assert "Station" not in response.content.decode()
        assert lyon_city.mark not in response.content.decode()


def test_nothing_is_posted_before_and_it_is_said(at_desk: Client, lucien: User, lyon_city: City) -> None:
    with_app(lucien)
    page = url(Station, "change", lyon_city.station.pk)

    response = at_desk.post(page, {"name": "taken"}, headers={"referer": f"http://testserver{page}"}, follow=True)

    assert "Nothing was changed yet" in response.content.decode()
    assert page.replace("/", "%2F") in response.redirect_chain[-1][0]
    assert not Station.objects.filter(name="taken").exists()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_one_goes_on_within_the_house(desk: Visitor, lucien: User, elsewhere: str) -> None:
    secret = with_app(lucien)

    desk.send(reverse("admin:prove"), {"code": code_of(secret), "next": elsewhere})

    assert desk.address == "/admin/"


def test_grave_acts_ask_again_and_keep_what_was_typed(desk: Visitor, lucien: User, time) -> None:
    User.objects.filter(pk=lucien.pk).update(is_superuser=True)
    odile = factories.operator(name="Odile")
    with_app(odile)
    secret = with_app(lucien)
    desk.go(url(User, "change", odile.pk)).press("Go on", code=code_of(secret)).follow("Remove the second steps")
    time.forward(minutes=16)

    remove_steps_of(odile, desk, reason="She lost her phone in the Saône")
    assert "then confirm once more" in desk.text
    assert second_factors.has_any(odile)
    desk.press("Go on", code=code_of(secret))
    assert "She lost her phone in the Saône" in desk.html

    remove_steps_of(odile, desk, reason="She lost her phone in the Saône")
    assert not second_factors.has_any(odile)
    time.forward(minutes=16)
    assert desk.go(url(Station, "changelist")).response.status_code == 200


def test_to_make_an_operator_is_grave(desk: Visitor, lucien: User, lyon: Network, time: Clock) -> None:
    User.objects.filter(pk=lucien.pk).update(is_superuser=True)
    anne = factories.subscriber(lyon).user
    secret = with_app(lucien)
    desk.go("/admin/").press("Go on", code=code_of(secret))
    time.forward(minutes=16)
    password = reverse("admin:auth_user_password_change", args=[anne.pk])

    for page in (url(User, "add"), url(User, "change", anne.pk), password):
        asked = desk.client.get(page), desk.client.post(page, {"email": anne.email, "is_superuser": "on"})
        assert {response["Location"] for response in asked} == {f"{reverse('admin:prove')}?{urlencode({'next': page})}"}

    anne.refresh_from_db()
    assert not anne.is_superuser
    assert desk.go(url(User, "change", anne.pk)).press("Go on", code=code_of(secret)).address.endswith("/change/")


def test_a_lost_phone(
    desk: Visitor, lucien: User, lyon: Network, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    secret = with_app(lucien)
    odile = factories.operator(lyon, name="Odile", language="en")
    with_app(odile)
    odile_at_work = Client()
    odile_at_work.force_login(odile)
    assert SignIn.objects.filter(user=odile).exists()
    desk.go("/admin/").press("Go on", code=code_of(secret))
    page = reverse("admin:accounts_user_act", args=["remove_second_steps"], query={"id": odile.pk})
    assert desk.client.get(page).status_code == 404  # not yet a superuser
    User.objects.filter(pk=lucien.pk).update(is_superuser=True)

    with django_capture_on_commit_callbacks(execute=True):
        remove_steps_of(odile, desk, reason="She called, and I know her voice")

    assert not Authenticator.objects.filter(user=odile).exists()
    assert "done for Odile" in desk.text
    assert mail.outbox[-1].to == [odile.email]
    assert "An administrator removed all your second steps" in mail.outbox[-1].body
    assert odile_at_work.get("/admin/")["Location"].startswith("/admin/login/")
    assert "These are your own" in remove_steps_of(lucien, desk, reason="Tired of it").text
    assert second_factors.has_any(lucien)


def test_a_subscribers_passkeys_are_nobody_elses(lyon_city: City) -> None:
    anne = lyon_city.subscriber.user
    Authenticator.objects.create(user=anne, type="webauthn", data={"name": "Phone", "credential": {}})

    with pytest.raises(NoSecondFactor):
        second_factors.remove_all(user=anne, actor="operator:0", reason="Lost")

    assert second_factors.has_any(anne)


def test_nobody_removes_the_last_one(desk: Visitor, lucien: User) -> None:
    secret = with_app(lucien)
    desk.go("/admin/").press("Go on", code=code_of(secret)).follow("Your second step")

    desk.follow("Remove").press("Remove")

    assert "Set up another one first" in desk.text
    assert second_factors.has_any(lucien)


def test_a_passkey_is_a_second_step_and_at_the_door_it_is_both(desk: Visitor, lucien: User) -> None:
    passkey = Passkey()
    desk.follow("Make a passkey")
    desk.press("Make the passkey", credential=passkey.made(options_on(desk)), name="My key").press("I have kept them")
    assert desk.address == "/admin/"

    again = sign_in(Visitor(Client()), lucien)
    assert "Show that it is you" in again.text
    assert "did not work" in again.press("Use a passkey", credential="{}").text
    assert again.press("Use a passkey", credential=passkey.used(options_on(again))).address == "/admin/"

    at_door = Visitor(Client())
    sign_in_page = "/account/passkeys/sign-in/"
    asked = at_door.client.get(sign_in_page, headers={"accept": "application/json"}).json()["request_options"]
    form = at_door.go("/account/login/?next=/admin/").form_to(sign_in_page)
    at_door.send(sign_in_page, {**form.values, "credential": passkey.used(asked)})
    assert at_door.address == "/admin/"
    assert at_door.response.status_code == 200
    at_door.press("Log out")
    assert "Show that it is you" in sign_in(at_door, lucien).text


def test_the_website_removes_no_last_one_either(desk: Visitor, lucien: User) -> None:
    passkey = Passkey()
    desk.follow("Make a passkey").press("Make the passkey", credential=passkey.made(options_on(desk)))

    desk.go("/account/security/").follow("Remove").press("Confirm", password=PASSWORD).press("Remove the passkey")

    assert "Set up another one first" in desk.text
    assert second_factors.has_any(lucien)


def test_a_password_does_not_give_itself_a_passkey(desk: Visitor, lucien: User) -> None:
    with_app(lucien)

    desk.go("/account/passkeys/add/")

    assert desk.address.startswith(reverse("admin:prove"))
    assert "Is it you?" in desk.go("/account/reauthenticate/").text  # which knows the password alone
    for page in ("factor_app", "factor_passkey", "factors"):
        assert desk.go(reverse(f"admin:{page}")).address.startswith(reverse("admin:prove"))


def test_the_first_one_is_set_up_after_a_recent_password(desk: Visitor, lucien: User, settings: Settings) -> None:
    settings.OPERATOR_PROOF_SECONDS = 0.000001

    desk.go(reverse("admin:factor_app"))

    assert desk.address.startswith(reverse("account_reauthenticate"))
    assert "Set up the authenticator app" in desk.press("Confirm", password=PASSWORD).text


def test_on_the_website_nothing_changes(desk: Visitor, lyon_city: City, lucien: User) -> None:
    with_app(lucien)
    assert desk.go("/account/security/").response.status_code == 200

    anne = Client()
    anne.force_login(lyon_city.subscriber.user)
    assert anne.get(reverse("admin:prove")).status_code == 404
    assert anne.get(reverse("admin:factor_app")).status_code == 404
    for name in ("mfa_authenticate", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_switched_off_nothing_is_asked(at_desk: Client, lucien: User, settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = False
    with_app(lucien)
    request = RequestFactory().get("/admin/")
    request.user = lucien

    assert at_desk.get("/admin/").status_code == 200
    assert proof.require_fresh_proof(request, go_on="/admin/") is None
    assert at_desk.get(reverse("admin:prove"))["Location"] == "/admin/"
    assert at_desk.get(reverse("admin:factors")).status_code == 404


def test_secrets_outlive_a_new_key_and_not_its_loss(lucien: User, settings: Settings) -> None:
    secret = with_app(lucien)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    second_factors.accept_code(user=lucien, code=code_of(secret))

    settings.SECRET_KEY_FALLBACKS = []
    second_factors.accept_code(user=lucien, code=code_of(secret, steps=1))

    settings.SECRET_KEY = "m" * 50
    with pytest.raises(WrongCode):
        second_factors.accept_code(user=lucien, code=code_of(secret, steps=2))
