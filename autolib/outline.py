"""Our own rough drawings of cities, for when no tile server is set; not every city has one."""

from functools import cache

from django.contrib.staticfiles import finders


@cache
def outline_of(slug: str) -> str:
    """The static file with the drawing of this network's city; empty where there is none."""
    name = f"outline/{slug}.json"
    return name if finders.find(name) else ""
