"""A window in which pages are looked over: what a story ended on is shown in Chromium, and examined there.

The page's answer, with its headers, is handed to the browser as it is; what the page then asks for comes from the same
person's client and from the static files. So no server is needed, and each story's city vanishes with its transaction.
"""

import contextvars
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.contrib.staticfiles import finders
from django.http import HttpResponse

from tests.browser.conftest import LOOK_OVER, PATIENCE_MS
from tests.website.visitor import Visitor

HOST = "localhost"
HEIGHTS = {390: 844, 1280: 800}
# What 200 % on a desk leaves, and what WCAG 1.4.10 asks of every page.
ZOOMED = {390: 320, 1280: 640}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The others say the same of a page whatever its colours and its width.
RULES_OF_LOOKS = {"type": "rule", "values": ["color-contrast", "target-size", "link-in-text-block"]}
RUN_AXE = """async runOnly => {
  const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ")}`));
}"""

# WCAG 1.4.12, through the CSSOM, which our policy leaves to whoever holds the browser.
SPACE_TEXT = """isSpaced => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important }
    * { word-spacing: .16em !important }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = isSpaced ? [sheet] : [];
}"""
# Text that leaves the window, or that a box hides; not the map, which one moves, nor what is meant for ears.
CUT_OFF = """() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest(".visually-hidden, .skip-link, .map, svg") || !element.innerText?.trim()) continue;
    const style = getComputedStyle(element);
    if (style.clipPath !== "none") continue;
    const { left, right, width } = element.getBoundingClientRect();
    const name = element.outerHTML.slice(0, 80);
    if (width && (left < -1 || right > root.clientWidth + 1)) wrong.push(`outside: ${name}`);
    const isTight = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
    if (/hidden|clip/.test(style.overflow) && isTight) wrong.push(`cut off: ${name}`);
    if (element.matches("button, .button, .site-nav a, .tag") && element.scrollWidth > element.clientWidth + 1) {
      wrong.push(`too wide for its button: ${name}`);
    }
  }
  return wrong;
}"""
# Leaflet waits for the end of a resizing; the picture does not.
REDRAW_MAP = "document.querySelector('[data-map]')?.map?.invalidateSize({ animate: false })"


@cache
def _static_file(path: str) -> bytes:
    found = finders.find(path.removeprefix("/static/"))
    assert isinstance(found, str), path
    return Path(found).read_bytes()


class Window:
    """One language's browser. Whatever page it shows, nothing may be asked from outside, and no script may complain."""

    def __init__(self, chromium: Any, *, language: str) -> None:
        self.language, self.width, self.theme = language, 390, "light"
        self.context = chromium.new_context(
            viewport={"width": 390, "height": HEIGHTS[390]},
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            color_scheme="light",
            # Colours on their way from one theme to the other are neither's.
            reduced_motion="reduce",
            service_workers="block",
        )
        self.context.add_init_script(AXE)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.route("**/*", self._answer)
        self.complaints: list[str] = []
        self._visitor: Visitor | None = None
        self._context = contextvars.copy_context()

    def _listen(self, message: Any) -> None:
        is_the_page_itself = message.location.get("url") == self.page.url and "status of" in message.text
        is_ours = message.text == "Service Worker registration blocked by Playwright"
        if message.type in {"error", "warning"} and not is_the_page_itself and not is_ours:
            self.complaints.append(message.text)

    def _answer(self, route: Any) -> None:
        request = route.request
        url = urlsplit(request.url)
        if self._visitor is None:
            route.abort()
        elif url.netloc != HOST:
            self.complaints.append(f"asked from outside: {request.url}")
            route.abort()
        elif request.is_navigation_request():
            self._give(route, self._visitor.response)
        elif url.path.startswith("/static/"):
            route.fulfill(content_type=mimetypes.guess_type(url.path)[0] or "", body=_static_file(url.path))
        else:
            get = self._visitor.client.get
            headers = {**self._visitor.headers, "accept": request.headers.get("accept", "*/*")}
            self._give(route, self._context.run(get, f"{url.path}?{url.query}", headers=headers))

    @staticmethod
    def _give(route: Any, response: HttpResponse) -> None:
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    def show(self, visitor: Visitor) -> None:
        self.complaints.clear()
        self._visitor = visitor
        # Playwright answers in a context of its own, in which Django would open another connection: one that does not
        # see what the story did.
        self._context = contextvars.copy_context()
        self.page.goto(f"http://{HOST}{visitor.address}", wait_until="load")
        # A map behind a fold waits until somebody opens it.
        drawing = "[data-map]:not([data-ready]):not(details:not([open]) *)"
        self.page.locator(drawing).wait_for(state="detached")

    def leave(self) -> None:
        """The story is over, and its city about to vanish: the page must not ask for more."""
        self.page.goto("about:blank")
        self._visitor = None

    def press(self, name: str) -> None:
        button = self.page.get_by_role("button", name=name).first
        if button.is_visible():
            button.click()

    def become(self, width: int, theme: str) -> None:
        if width != self.width:
            self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            self.page.evaluate(REDRAW_MAP)
        if theme != self.theme:
            self.page.emulate_media(color_scheme=theme)
        self.width, self.theme = width, theme

    def faults(self) -> list[str]:
        """What is wrong with the page as it stands."""
        return [*self.page.evaluate(LOOK_OVER), *self.page.evaluate(RUN_AXE, EVERY_RULE)]

    def faults_of_looks(self) -> list[str]:
        """What may be wrong with it in this width and theme alone."""
        return [*self.page.evaluate(LOOK_OVER), *self.page.evaluate(RUN_AXE, RULES_OF_LOOKS)]

    def faults_when_zoomed_and_spaced(self) -> list[str]:
        self.page.evaluate(SPACE_TEXT, True)
        spaced = [f"with wide text, {fault}" for fault in self.page.evaluate(CUT_OFF)]
        self.page.evaluate(SPACE_TEXT, False)
        self.page.set_viewport_size({"width": ZOOMED[self.width], "height": HEIGHTS[self.width] // 2})
        zoomed = [f"zoomed, {fault}" for fault in self.page.evaluate(CUT_OFF)]
        self.page.set_viewport_size({"width": self.width, "height": HEIGHTS[self.width]})
        return spaced + zoomed
