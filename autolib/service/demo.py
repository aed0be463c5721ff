"""The environment of `up`: a demo, unless the real environment says otherwise for any of these."""

import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from autolib.service import places, settings_file
from autolib.service.trouble import Trouble

SECRETS = [
    "SECRET_KEY",
    "DEVICE_MASTER_KEY",
    "POSTGRESQL_PASSWORD",
    "VALKEY_PASSWORD",
    "DATABASE_APP_PASSWORD",
    "DATABASE_AUDITOR_PASSWORD",
]
# A number of 32 bytes is a key of the curve that browsers ask for, and it is drawn like the others.
PUSH_KEY, PUSH_KEY_SIZE = "PUSH_PRIVATE_KEY", 32
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


def secrets() -> dict[str, str]:
    settings_file.keep_secrets(places.SECRETS_FILE, SECRETS)
    return settings_file.keep_secrets(places.SECRETS_FILE, [PUSH_KEY], size=PUSH_KEY_SIZE)


def values(*, addresses: Mapping[str, str], host: str, port: int, kept: Mapping[str, str]) -> dict[str, str]:
    """What every process gets, and what .autolib/env keeps for other commands."""
    public_url = os.environ.get("PUBLIC_URL") or f"http://{_name_for_browsers(host)}:{port}"
    defaults = {
        "AUTOLIB_MODE": "demo",
        "SECRET_KEY": kept["SECRET_KEY"],
        "DEVICE_MASTER_KEY": kept["DEVICE_MASTER_KEY"],
        PUSH_KEY: kept[PUSH_KEY],
        "PUBLIC_URL": public_url,
        "ALLOWED_HOSTS": ",".join(dict.fromkeys([*LOOPBACK, *_names_of_this_machine(host), _host_of(public_url)])),
        "AUTOLIB_MAIL_DIR": str(places.MAIL),
        "AUTOLIB_STATIC_ROOT": str(places.STATIC),
    }
    return {name: os.environ.get(name) or value for name, value in defaults.items()} | dict(addresses)


def _name_for_browsers(host: str) -> str:
    # Passkeys and cookies want a name where there is one: localhost, not 127.0.0.1.
    return "localhost" if host in LOOPBACK or host in EVERYWHERE else host


def _names_of_this_machine(host: str) -> list[str]:
    """Asked to listen to the network, the site must answer to the names by which the network knows this machine."""
    if host not in EVERYWHERE:
        return [host]
    name = socket.gethostname()
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET)}
    except socket.gaierror:
        addresses = set()
    return [name, *sorted(addresses)]


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def check_reachable(variable: str, url: str, *, default_port: int) -> None:
    """A server of the person's own that is not there should be said at once, and plainly."""
    address = urlsplit(url)
    if not address.hostname:
        return  # A socket's path: only its client library can tell.
    try:
        port = address.port or default_port
        with socket.create_connection((address.hostname, port), timeout=5):
            pass
    except (OSError, ValueError) as error:
        raise Trouble(
            f"{variable} names a server that does not answer ({address.hostname}: {error}). "
            f"Start it, mend {variable}, or unset it to use the embedded one."
        ) from error
