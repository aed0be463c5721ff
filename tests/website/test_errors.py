"""When something is wrong: pages in the design, in the person's language, that need neither session nor database."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from stations.models import Network


@pytest.fixture
def broken(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    client.raise_request_exception = False
    return client


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("autolib.website.views.home.network_of", fail)


@pytest.mark.parametrize(
    ("error", "status", "french", "english"),
    [
        (RuntimeError("boom"), 500, "Quelque chose s’est cassé de notre côté", "Something broke on our side"),
        (OperationalError("away"), 503, "Nous ne pouvons pas répondre à l’instant", "We cannot answer just now"),
        (PermissionDenied(), 403, "Cette page n’est pas pour vous", "This is not yours to see"),
        (SuspiciousOperation(), 400, "Nous n’avons pas compris", "We did not understand that"),
    ],
)
def test_each_error_has_its_page(
    broken: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, french: str, english: str
) -> None:
    fail_with(monkeypatch, error)

    answers = [broken.get("/", headers={"accept-language": language}) for language in ("fr", "en")]

    assert [answer.status_code for answer in answers] == [status, status]
    assert french in answers[0].content.decode()
    assert english in answers[1].content.decode()


def test_what_is_not_there(paris: Network, client: Client) -> None:
    answer = client.get("/nothing/", headers={"accept-language": "en"})

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_an_expired_page_explains_itself(paris: Network) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/language/", {"language": "en"}, headers={"accept-language": "en"})

    assert answer.status_code == 403
    assert "This page had expired" in answer.content.decode()


def test_error_pages_ask_the_database_nothing(
    broken: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    broken.cookies["session"] = "x" * 32
    fail_with(monkeypatch, RuntimeError("boom"))

    with django_assert_num_queries(0):
        answer = broken.get("/")

    assert answer.status_code == 500


def test_a_site_without_its_network_says_so(db: None, client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "en"})

    assert answer.status_code == 503
    assert "The network “paris” of this site does not exist yet." in answer.content.decode()


def test_pages_allow_no_foreign_script_style_or_frame(paris: Network, client: Client) -> None:
    answer = client.get("/")

    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()
