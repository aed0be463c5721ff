from collections import namedtuple

import pytest

from autolib.service import places, python_environment
from autolib.service.trouble import Trouble

Disk = namedtuple("Disk", "total used free")


def test_the_stamp_follows_the_list_and_the_python() -> None:
    first = python_environment.stamp(b"Django==5.2.19", "3.11.2")

    assert first == python_environment.stamp(b"Django==5.2.19", "3.11.2")
    assert first != python_environment.stamp(b"Django==5.2.20", "3.11.2")
    assert first != python_environment.stamp(b"Django==5.2.19", "3.12.0")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        (
            "NewConnectionError(...)\nERROR: No matching distribution found for amqp",
            "the package index is out of reach",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "is not the one"),
        ("ERROR: No matching distribution found for granian==2.8.7", "no ready-made package for this machine"),
        ("ERROR: something new", "ERROR: something new"),
        ("", "pip said nothing"),
    ],
)
def test_what_pip_said_becomes_a_sentence(words: str, sentence: str) -> None:
    explained = python_environment.explain(words)

    assert sentence in explained
    assert "\n" not in explained


def test_too_little_disk_is_said_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_environment.shutil, "disk_usage", lambda _: Disk(0, 0, 300_000_000))

    with pytest.raises(Trouble) as trouble:
        python_environment._check_disk()

    assert str(trouble.value) == (
        f"Only 300 MB are free on the disk of {places.ROOT} and the set-up needs 1 GB. Free some space and start again."
    )


def test_a_python_without_venv_is_told_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_environment.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(Trouble, match="sudo apt install python3-venv"):
        python_environment._make()
