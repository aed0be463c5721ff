"""Choosing ports. Ours lie below the range from which the kernel draws ports for outgoing connections."""

import random
import socket
from collections.abc import Iterator

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


def next_free(port: int, *, host: str) -> int | None:
    return next(
        (number for number in range(port, min(port + 100, 65_536)) if _is_free_for_browsers(number, host)), None
    )


def _is_free_for_browsers(port: int, host: str) -> bool:
    return is_free(port, host=host) and not _answers_on_ipv6(port)


def _answers_on_ipv6(port: int) -> bool:
    # "localhost" may mean ::1 first: another program there would get our visitors.
    try:
        with socket.create_connection(("::1", port), timeout=0.2):
            return True
    except OSError:
        return False
