"""Time, queries and weight of the main pages with the whole of Paris loaded; and a first visit on a slow phone.

    python3 bench/pages [--requests 100]

The product's own web server, one client, a subscriber who holds a car and a dock; in the console a manager who has
shown a second step, and a page that asks for nothing of the network, to compare with. The network is the published
one where its files are found (AUTOLIB_DATA, or shared/data beside the checkout), else the demo's city. The first visit
needs Playwright and Chromium (.ci/install-tools, apt-get install chromium); the others do without.
"""

import argparse
import gzip
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[1])]

import first_visit  # noqa: E402
import ground  # noqa: E402

WARM_UPS = 10
# What is made once a second or two for everybody is made anew for whoever waits a little longer.
PAUSES = {"live.json, made anew": 1.1, "map.json, made anew": 2.1}
PAUSED_REQUESTS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100)
    options = parser.parse_args()
    with ground.servers() as (folder, env):
        env |= {
            "AUTOLIB_MODE": "demo",
            "OPERATOR_SECOND_FACTOR": "on",
            "AUTOLIB_DATA": os.environ.get("AUTOLIB_DATA", ""),
        }
        django(env, ground.ROOT / "manage.py", "collectstatic", "--noinput", "--verbosity=0")
        world = json.loads(django(env, Path(__file__).with_name("world.py")).splitlines()[-1])
        with ground.web(env, folder) as port:
            print(f"{world['network']}; one client, {options.requests} requests a page\n")
            print(f"{'page':22} {'median':>8} {'p95':>8} {'queries':>8} {'plain':>9} {'gzip':>8}")
            for name, address in world["pages"].items():
                report(
                    name,
                    measured(port, name, address, world["cookies"][name], options.requests),
                    world["queries"][name],
                )
            print(f"\n{first_visit.on_a_slow_phone(f'http://localhost:{port}/')}")


def django(env: dict[str, str], *command: object) -> str:
    done = subprocess.run([ground.PYTHON, *command], env=env, stdout=subprocess.PIPE, text=True)  # type: ignore[list-item]
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def measured(port: int, name: str, address: str, cookie: str, requests: int) -> tuple[list[float], int, int]:
    """Milliseconds of each request; bytes plain and packed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": "localhost", "Cookie": cookie, "Accept-Encoding": "gzip", "Accept-Language": "fr"}
    pause = PAUSES.get(name, 0.0)
    taken, packed = [], b""
    for _ in range(WARM_UPS if not pause else 2):
        packed = asked(connection, address, headers)
    for _ in range(requests if not pause else PAUSED_REQUESTS):
        time.sleep(pause)
        start = time.perf_counter()
        packed = asked(connection, address, headers)
        taken.append((time.perf_counter() - start) * 1000)
    connection.close()
    return taken, len(gzip.decompress(packed)), len(packed)


def asked(connection: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> bytes:
    connection.request("GET", address, headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or response.getheader("Content-Encoding") != "gzip":
        sys.exit(f"{address} answered {response.status}, {response.getheader('Content-Encoding') or 'not packed'}")
    return body


def report(name: str, figures: tuple[list[float], int, int], queries: int) -> None:
    taken, plain, packed = figures
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"{name:22} {statistics.median(taken):5.1f} ms {p95:5.1f} ms {queries:8} {plain:9,} {packed:8,}", flush=True)


main()
