from pathlib import Path

import pytest

from autolib.service import settings_file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "postgres://autolib:a=b@127.0.0.1:1/autolib", "EMPTY": "", "MAIL": "/a folder/mail"}

    settings_file.write(tmp_path / "env", values)

    assert settings_file.read(tmp_path / "env") == values


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings_file.write(tmp_path / "env", {"SECRET_KEY": "x"})

    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600


def test_remarks_and_rubbish_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("# REMARK=1\n\nrubbish\n KEY = value \n", encoding="utf-8")

    assert settings_file.read(tmp_path / "env") == {"KEY": "value"}


def test_the_real_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file.write(tmp_path / "env", {"AUTOLIB_A": "file", "AUTOLIB_B": "file"})
    monkeypatch.setenv("AUTOLIB_A", "real")
    monkeypatch.delenv("AUTOLIB_B", raising=False)

    settings_file.load_into_environment(tmp_path / "env")

    assert (settings_file.os.environ["AUTOLIB_A"], settings_file.os.environ["AUTOLIB_B"]) == ("real", "file")
    monkeypatch.delenv("AUTOLIB_B")


def test_secrets_are_drawn_once(tmp_path: Path) -> None:
    first = settings_file.keep_secrets(tmp_path / "secrets", ["SECRET_KEY"])

    later = settings_file.keep_secrets(tmp_path / "secrets", ["SECRET_KEY", "DEVICE_MASTER_KEY"])

    assert later["SECRET_KEY"] == first["SECRET_KEY"]
    assert len(later["DEVICE_MASTER_KEY"]) >= 50
    assert later["DEVICE_MASTER_KEY"] != later["SECRET_KEY"]
