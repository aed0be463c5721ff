"""The website as an app: its manifest, the worker that answers when nobody else does, and the page that it answers."""

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autolib.website.languages import speak_as_asked
from autolib.website.networks import network_of
from autolib.website.pages import page

# The colours of the page in site.css: what a screen shows before the page is there.
PAGE_COLOUR = "#faf8f3"
# What the offline page is made of, and the picture of a notice.
KEPT_FILES = ["site.css", "mark.svg", "js/page.js", "js/pocket.js", "js/clock.js", "js/offline.js", "icons/app-192.png"]
ICONS = [
    ("mark.svg", "any", "image/svg+xml", "any"),
    ("icons/app-192.png", "192x192", "image/png", "any"),
    ("icons/app-512.png", "512x512", "image/png", "any"),
    ("icons/app-maskable-512.png", "512x512", "image/png", "maskable"),
]


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    language = speak_as_asked(request)
    return JsonResponse(
        {
            "id": "/",
            "name": network_of(request).name,
            "short_name": "Autolib’",
            "description": _("Electric cars near you: reserve one, and a dock where you are going."),
            "lang": language,
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "theme_color": PAGE_COLOUR,
            "background_color": PAGE_COLOUR,
            "icons": [
                {"src": static(name), "sizes": sizes, "type": kind, "purpose": purpose}
                for name, sizes, kind, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
        headers={"Cache-Control": "max-age=3600"},
    )


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The same for everybody: what is personal on it comes out of the browser's own pocket."""
    speak_as_asked(request)
    return page(request, "offline.html")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, with what it keeps. It becomes another one whenever any of that changes, and only then."""
    pages = {code: f"{reverse('offline')}?language={code}" for code, _name in settings.LANGUAGES}
    files = [static(name) for name in KEPT_FILES]
    made_of = [_offline_page(request, code) for code in pages] + files
    source = render_to_string(
        "service-worker.js",
        {
            "version": hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16],
            "pages": json.dumps(pages),
            "files": json.dumps(files),
            "icon": static("icons/app-192.png"),
        },
    )
    etag = f'"{hashlib.sha256(source.encode()).hexdigest()[:32]}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response


def _offline_page(request: HttpRequest, language: str) -> str:
    """Without the request, whose marks (a nonce) differ each time."""
    with translation.override(language):
        return render_to_string("offline.html", {"network": network_of(request)})
