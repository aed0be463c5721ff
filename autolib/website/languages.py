"""Which language a browser is spoken to in: a cookie, so that pages need nothing from the database for it."""

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import get_language_info

Response = TypeVar("Response", bound=HttpResponseBase)


def own_names() -> list[tuple[str, str]]:
    """Each language under its own name, for whoever looks for it."""
    return [(code, str(capfirst(get_language_info(code)["name_local"]))) for code, _name in settings.LANGUAGES]


def speak_as_asked(request: HttpRequest) -> str:
    """For what is kept in one language whatever becomes of the cookie: `?language=` decides, where it is ours."""
    asked = request.GET.get("language", "")
    if asked in dict(settings.LANGUAGES):
        translation.activate(asked)
    return str(translation.get_language())


def remember_language(response: Response, chosen: str) -> Response:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        httponly=True,
    )
    return response
