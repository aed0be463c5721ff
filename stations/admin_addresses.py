"""Where a page of the admin may lead back to."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def is_page_of_the_admin(address: str) -> bool:
    """Whether it is the path of a named page there, as the browser will read it; what a list asks for is none."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None) or ".." in address:
        return False
    try:
        match = resolve(urlsplit(address).path)
    except (Resolver404, ValueError):
        return False
    return match.namespaces == ["admin"] and match.url_name is not None
