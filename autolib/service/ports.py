"""Choosing ports. Ours lie below the range from which the kernel draws ports for outgoing connections."""

import errno
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from autolib.service.trouble import Trouble

LOWEST, HIGHEST = 20_000, 29_999


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return False
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As servers do: a port whose last connections linger in TIME_WAIT counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError:
            return False
    return True


def candidates(*, first: int | None = None) -> Iterator[int]:
    """Free ports of this machine, the wished one first; a few, since another program may be quicker than us."""
    if first and is_free(first):
        yield first
    drawn = random.SystemRandom().sample(range(LOWEST, HIGHEST + 1), 200)
    yield from (port for port in drawn if is_free(port))


@contextmanager
def for_browsers(wished: int, *, host: str) -> Iterator[int]:
    """The wished port, or the next free one; while this lasts no other checkout takes it."""
    _check_permitted(wished, host)
    for port in range(wished, min(wished + 100, 65_536)):
        if is_free(port, host=host) and not _answers_on_ipv6(port) and (reservation := _reserve(port)):
            with reservation:
                yield port
            return
    raise Trouble(f"Port {wished} and those after it are taken. Choose another: --port NUMBER")


def _reserve(port: int) -> socket.socket | None:
    """Between our look and the web server's start, another checkout may look too; and web servers share ports
    (SO_REUSEPORT), so both would start and get each other's visitors. A name in the kernel keeps them apart."""
    reservation = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        reservation.bind(f"\0autolib-port-{port}")
    except OSError:
        reservation.close()
        return None
    return reservation


def _check_permitted(port: int, host: str) -> None:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind(address)
    except PermissionError as error:
        raise Trouble(f"Port {port} is reserved for root. Choose one from 1024 on: --port 8000") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Trouble(f"{host} is not an address of this machine. Leave --host away, or use 0.0.0.0") from error


def _answers_on_ipv6(port: int) -> bool:
    # "localhost" may mean ::1 first: another program there would get our visitors.
    try:
        with socket.create_connection(("::1", port), timeout=0.2):
            return True
    except OSError:
        return False
