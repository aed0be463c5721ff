"""The page made from the description: readable, in two languages, and with nothing from outside."""

import re

import pytest
from django.http import HttpResponse

from autolib.api.docs import openapi
from autolib.api.problem_codes import all_codes
from tests.api.conftest import Caller


@pytest.fixture
def page(anyone: Caller, db: None) -> HttpResponse:
    return anyone.client.get("/api/docs/", headers={"accept-language": "en"})


def test_every_operation_and_every_code_has_its_place(page: HttpResponse) -> None:
    html = page.content.decode()

    for path, methods in openapi()["paths"].items():
        for operation in methods.values():
            assert f'<article id="{operation["operationId"]}"' in html
            assert f"<code>{path}</code>" in html
    for problem in all_codes():
        assert f'id="problem-{problem.code}"' in html
    assert "Hold a dock at this station too" in html


def test_links_inside_the_page_lead_somewhere(page: HttpResponse) -> None:
    html = page.content.decode()

    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(re.findall(r'id="([^"]+)"', html))
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_it_asks_nobody_outside_and_runs_nothing(page: HttpResponse) -> None:
    html = page.content.decode()

    assert "<script" not in html
    assert "style=" not in html
    assert not re.search(r'(src|href)="(https?:)?//', html)
    assert "script-src 'self'" in page["Content-Security-Policy"]


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("fr", "fr")])
def test_it_speaks_the_language_asked_for(anyone: Caller, db: None, asked: str, language: str) -> None:
    chosen = anyone.client.get(f"/api/docs/?lang={asked}", headers={"accept-language": "de"})

    assert f'<html lang="{language}">' in chosen.content.decode()
    assert chosen["Content-Language"] == language


def test_a_strange_parameter_is_refused_here_too(anyone: Caller, db: None) -> None:
    response = anyone.client.get("/api/docs/?lang=de")

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
