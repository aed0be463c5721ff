"""Reports of posts a second through the inbox, beside a bare COPY of the same reports, on one server, in one run.

    python3 bench/devices [--rounds 3] [--docks 6000] [--reports 60000]

In turn, on the same PostgreSQL with durable settings: COPY into an append-only table (the floor), requests of 500 into
the inbox, and the workers that bring the inbox into one row a dock; with one writer and with two.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ground


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--docks", type=int, default=6000)
    parser.add_argument("--reports", type=int, default=60_000)
    options = parser.parse_args()
    figures = [str(number) for number in (options.rounds, options.docks, options.reports)]
    with ground.servers() as (_folder, env):
        subprocess.run([ground.PYTHON, Path(__file__).with_name("turns.py"), *figures], env=env, check=True)


main()
