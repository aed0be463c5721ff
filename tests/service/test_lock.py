import os
import signal
import subprocess
import sys
from pathlib import Path

from autolib.service import lock, places

HOLD = """
import sys, time
from pathlib import Path
from autolib.service import lock
held = lock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_it_is_given_once(tmp_path: Path) -> None:
    with lock.take(tmp_path / "lock"):
        assert not is_free(tmp_path / "lock")

    assert is_free(tmp_path / "lock")


def test_a_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=places.ROOT) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert not is_free(tmp_path / "lock")

        os.kill(holder.pid, signal.SIGKILL)

    assert is_free(tmp_path / "lock")


def test_a_lock_swept_away_meanwhile_does_not_count(tmp_path: Path) -> None:
    with lock.take(tmp_path / "lock"):
        (tmp_path / "lock").unlink()

        with lock.take(tmp_path / "lock"):
            assert not is_free(tmp_path / "lock")


def is_free(path: Path) -> bool:
    taken = lock.take(path)
    if taken:
        taken.close()
    return taken is not None
