"""The published days of 2018 loaded as history: do their sums come back, and how long does it take? And a day of Paris.

    python3 bench/figures

Needs the published files (AUTOLIB_DATA, or shared/data beside the checkout). Everything is written into a PostgreSQL
of its own that is gone afterwards.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ground


def main() -> None:
    with ground.servers() as (_folder, env):
        env |= {name: os.environ[name] for name in ("AUTOLIB_DATA",) if name in os.environ}
        world = [ground.PYTHON, Path(__file__).with_name("world.py"), *sys.argv[1:]]
        sys.exit(subprocess.run(world, env=env).returncode)  # type: ignore[list-item]


main()
