"""How the simulator bears a server that is away, busy, or closes connections."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from autolib.simulation.figures import Figures
from autolib.simulation.wire import Stopped, Wire

HANGS_UP = 0


class Moody(BaseHTTPRequestHandler):
    """Answers with the statuses it is told to, one after the other, then 200; remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        server.asked.append((self.headers["Idempotency-Key"], self.rfile.read(int(self.headers["Content-Length"]))))
        status = server.moods.pop(0) if server.moods else 200
        if status == HANGS_UP:
            self.close_connection = True
            return
        body = json.dumps({"code": "busy"} if status == 503 else {}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = HTTPServer(("127.0.0.1", 0), Moody)
    made.moods, made.asked = [], []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(timeout=5)


@pytest.fixture
def wire(server: Any) -> Iterator[Wire]:
    made = Wire(f"http://127.0.0.1:{server.server_port}", figures=Figures(), stop=threading.Event())
    yield made
    made.close()


def post(wire: Wire) -> int:
    return wire.ask("POST", "/", endpoint="POST /", headers={"Idempotency-Key": "k-1"}, body=b"{}").status


def test_a_command_is_sent_again_with_its_key_until_it_is_answered(server: Any, wire: Wire) -> None:
    server.moods = [HANGS_UP, 429, 503]

    status = post(wire)

    assert status == 200
    assert server.asked == [("k-1", b"{}")] * 4
    assert wire.figures.unanswered == {("POST /", "RemoteDisconnected"): 1}


def test_busy_is_no_error_of_the_server_but_500_is(server: Any, wire: Wire) -> None:
    server.moods = [503]
    post(wire)
    assert wire.figures.is_clean

    server.moods = [500]
    status = post(wire)

    assert status == 500
    assert wire.figures.faults == {("POST /", "500 http_500"): 1}


def test_a_connection_that_was_closed_meanwhile_costs_no_wait(server: Any, wire: Wire) -> None:
    post(wire)
    server.moods = [HANGS_UP]

    status = post(wire)

    assert status == 200
    assert not wire.figures.unanswered


def test_who_is_stopped_waits_no_longer(server: Any, wire: Wire) -> None:
    server.moods = [503] * 100
    threading.Timer(0.3, wire.stop.set).start()

    with pytest.raises(Stopped):
        post(wire)
