"""The living page of the design shows what the site is made of: no component may be missing from it."""

import re
from pathlib import Path

from django.conf import settings

from stations.models import Network
from tests.website.visitor import Visitor

WEBSITE = Path(settings.BASE_DIR) / "autolib/website"
# What is not a component: it lays out a whole page, or it is a page's own use of components that are shown.
NOT_SHOWN = {
    "account_devices", "age", "booking_dock", "booking_driving", "booking_held", "booking_notice", "booking_over",
    "booking_rating", "booking_tell", "charge", "command", "destination_search", "done", "icon", "journey", "map",
    "notices", "offline_place", "pages", "passkey_scripts", "place_field", "sprite", "walk", "way_search",
}  # fmt: skip


def test_every_component_is_shown(stranger: Visitor, paris: Network) -> None:
    parts = {path.stem for path in (WEBSITE / "templates/parts").glob("*.html")}

    used = {template.name for template in stranger.go("/design/").response.templates}

    assert {part for part in parts - NOT_SHOWN if f"parts/{part}.html" not in used} == set()


def test_every_colour_icon_and_step_is_shown(stranger: Visitor, paris: Network) -> None:
    css = (WEBSITE / "static/site.css").read_text(encoding="utf-8")
    light = css[: css.index("@media")]
    tokens = set(re.findall(r"^  --([a-z-]+): #", light, re.M))
    sprite = (WEBSITE / "templates/parts/sprite.html").read_text(encoding="utf-8")

    html = stranger.go("/design/").response.content.decode()

    maps_own = {token for token in tokens if token.startswith("map-")} | {"on-colour", "blue-deep"}
    assert {token for token in tokens - maps_own if f"swatch-{token}" not in html} == set()
    assert {icon for icon in re.findall(r'id="i-([a-z-]+)"', sprite) if f"<code>{icon}</code>" not in html} == set()
    assert len(re.findall(r"--step-\d: ", light)) == html.count("space-")


def test_no_class_of_the_stylesheet_is_left_over() -> None:
    css = re.sub(r"/\*.*?\*/", "", (WEBSITE / "static/site.css").read_text(encoding="utf-8"), flags=re.S)
    classes = set(re.findall(r"\.([a-z][a-z0-9-]+)(?=[^{}]*\{)", css))
    shared = WEBSITE.parent / "static"
    sources = [*WEBSITE.rglob("*.html"), *WEBSITE.rglob("*.js"), *WEBSITE.rglob("*.py"), *shared.rglob("*.js")]
    written = " ".join(path.read_text(encoding="utf-8") for path in sources)
    made_of_values = ("phase-", "tag-", "notice-", "swatch-", "space-", "suggestion-", "leaflet-")

    own = {name for name in classes if not name.startswith(made_of_values)}

    assert {name for name in own if not re.search(rf"\b{name}\b", written)} == set()
