import os
from pathlib import Path

import pytest

from autolib.service import foreground, places


def test_a_second_worker_gets_a_pid_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "RUN", tmp_path)
    (tmp_path / "worker.pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
    (tmp_path / "worker-2.pid").write_text("what a crash has left", encoding="utf-8")

    assert foreground._unused_pid_file("worker") == tmp_path / "worker-2.pid"
    assert foreground._unused_pid_file("beat") == tmp_path / "beat.pid"
