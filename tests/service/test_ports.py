import socket
from collections.abc import Iterator

import pytest

from autolib.service import ports
from autolib.service.trouble import Trouble


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_listening_port_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_the_wished_port_comes_first() -> None:
    wished = next(ports.candidates())

    assert next(ports.candidates(first=wished)) == wished


def test_a_taken_wish_gives_way(taken: int) -> None:
    assert taken not in [port for port, _ in zip(ports.candidates(first=taken), range(5), strict=False)]


def test_browsers_get_the_next_free_port(taken: int) -> None:
    with ports.for_browsers(taken, host="127.0.0.1") as port:
        assert port > taken


def test_two_checkouts_that_look_at_once_get_two_ports() -> None:
    wished = next(ports.candidates())

    with ports.for_browsers(wished, host="127.0.0.1") as first, ports.for_browsers(wished, host="127.0.0.1") as second:
        assert (first, second > wished) == (wished, True)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Trouble, match=r"192\.0\.2\.1 is not an address of this machine"):
        ports.for_browsers(8000, host="192.0.2.1").__enter__()
