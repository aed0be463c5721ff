"""Clients that reserve as fast as they are answered: one keep-alive connection each, bytes prepared beforehand."""

import json
import random
import socket
import time
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Thread
from uuid import uuid4

PROCESSES = 2


@dataclass
class Turn:
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: list[int]


def run(port: int, stations: list[int], *, targets: list[int] | None = None, clients: int, each: int) -> Turn:
    """One turn: `clients` connections make `each` reservations, every one for a person of its own.

    Each of a car at one of the stations, and of a dock at one of the targets where there are any.
    """
    processes = min(PROCESSES, clients)
    with get_context("spawn").Pool(processes) as pool:
        pool.map(time.sleep, [0.2] * processes)
        start = time.perf_counter()
        results = pool.starmap(
            _work,
            [(port, stations, targets, list(range(index, clients, processes)), each) for index in range(processes)],
        )
        elapsed = time.perf_counter() - start
    latencies = sorted(latency for made, _errors in results for latency in made)
    errors = [status for _made, errors in results for status in errors]
    if not latencies:
        return Turn(0, 0, 0, errors)
    p50, p99 = (latencies[min(len(latencies) - 1, int(share * len(latencies)))] for share in (0.5, 0.99))
    return Turn(len(latencies) / elapsed, p50 * 1000, p99 * 1000, errors)


def _work(
    port: int, stations: list[int], targets: list[int] | None, numbers: list[int], each: int
) -> tuple[list[float], list[int]]:
    made: list[float] = []
    errors: list[int] = []
    threads = [Thread(target=_client, args=(port, stations, targets, number, each, made, errors)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made, errors


def _client(
    port: int,
    stations: list[int],
    targets: list[int] | None,
    number: int,
    each: int,
    made: list[float],
    errors: list[int],
) -> None:
    chosen = random.Random(number)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for turn in range(1, each + 1):
            wishes = {"station": chosen.choice(stations)}
            if targets:
                wishes["destination"] = chosen.choice(targets)
            body = json.dumps(wishes).encode()
            head = (
                f"POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer bench-{number * each + turn}\r\nIdempotency-Key: {uuid4()}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode()
            start = time.perf_counter()
            connection.sendall(head + body)
            status = _answer(connection)
            if status == 201:
                made.append(time.perf_counter() - start)
            else:
                errors.append(status)


def _answer(connection: socket.socket) -> int:
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _blank, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return int(head[9:12])
