"""Who does what: `up` and `test` are ours and set everything up first; the rest is Django's."""

import errno
import os
import sys

from autolib.service import console, places, python_environment, settings_file, testing, up
from autolib.service.trouble import Trouble

WELCOME = """\
Autolib'

  python3 manage.py up      the whole service on this machine; Ctrl-C stops it   (--help: its options)
  python3 manage.py test    all tests, on a database of their own; takes pytest's arguments

Both set themselves up on first use. Django's own commands:
"""
REMEDIES = {
    errno.ENOSPC: "Free some disk space and start again.",
    errno.EDQUOT: "Your disk quota is used up: free some space and start again.",
    errno.EROFS: "This folder is read-only: clone the project into one you may write to.",
    errno.EACCES: "Run this as the owner of the checkout.",
    errno.EPERM: "Run this as the owner of the checkout.",
}


def run(argv: list[str]) -> int:
    # Not there when Python runs in safe-path mode.
    if str(places.ROOT) not in sys.path:
        sys.path.insert(0, str(places.ROOT))
    try:
        return _run(argv[1:])
    except Trouble as trouble:
        sys.stdout.flush()
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        print(f"\n{error.filename or places.ROOT}: {error.strerror}. {REMEDIES[error.errno]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        console.say("\nInterrupted.")
        return 130


def _run(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command == "up":
        wishes = up.options(arguments[1:])
        _enter_environment(arguments)
        return up.run(wishes)
    if command == "test":
        _enter_environment(arguments)
        return testing.run(arguments[1:])
    return _django(arguments)


def _enter_environment(arguments: list[str]) -> None:
    python_environment.ensure()
    if not python_environment.is_active():
        python_environment.enter(arguments)


def _django(arguments: list[str]) -> int:
    if not python_environment.is_active() and python_environment.exists():
        python_environment.enter(arguments)
    if not arguments:
        console.say(WELCOME)
    settings_file.load_into_environment(places.ENV_FILE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "autolib.settings"
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise Trouble("Nothing is installed yet. Start with: python3 manage.py up") from error
    execute_from_command_line(["manage.py", *arguments])
    return 0
