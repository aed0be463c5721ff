"""manage.py before anything is installed."""

import ast
import subprocess
import sys

from autolib.service import places

MANAGE = places.ROOT / "manage.py"
PRETENDING_TO_BE_OLD = f"""
import runpy, sys
sys.version_info, sys.version = (3, 9, 2, "final", 0), "3.9.2 (pretended)"
runpy.run_path({str(MANAGE)!r}, run_name="__main__")
"""


def test_an_old_python_gets_one_sentence() -> None:
    answer = subprocess.run([sys.executable, "-c", PRETENDING_TO_BE_OLD], capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("Autolib' needs Python 3.11 or newer, and this is Python 3.9.2. Install")
    assert answer.stderr.count("\n") == 1


def test_every_python_3_can_read_it() -> None:
    ast.parse(MANAGE.read_text(encoding="utf-8"), feature_version=(3, 0))


def test_the_package_is_importable_before_django() -> None:
    without_packages = [sys.executable, "-I", "-S", "-c"]
    script = f"import sys; sys.path.insert(0, {str(places.ROOT)!r}); import autolib.service.commands"

    answer = subprocess.run([*without_packages, script], capture_output=True, text=True, check=False)

    assert answer.stderr == ""


def test_a_wrong_port_is_refused_before_anything_is_installed() -> None:
    command = [sys.executable, MANAGE, "up", "--port", "70000"]

    answer = subprocess.run(command, capture_output=True, text=True, check=False)

    assert answer.returncode == 2
    assert "“70000” is not a port: give a number from 1 to 65535" in answer.stderr
