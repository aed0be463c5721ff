"""Where everything lives: the checkout, its Python environment, and one ignored folder for all the rest."""

import os
from pathlib import Path

from autolib.service.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"

STATE = ROOT / ".autolib"
ENV_FILE = STATE / "env"
SECRETS_FILE = STATE / "secrets"
LOGS = STATE / "logs"
RUN = STATE / "run"
MAIL = STATE / "mail"
STATIC = STATE / "static"
TESTS = STATE / "tests"


def make_folder(folder: Path, *, is_passable: bool = False) -> Path:
    """Closed to others; `is_passable` lets them through to what lies deeper, should root's server run as nobody."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if is_passable and os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise Trouble(
            f"{folder} cannot be created ({error.strerror}). "
            "Run this as the owner of the checkout, or clone the project into a folder you may write to."
        ) from error
    return folder
