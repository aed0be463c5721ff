"""Who does what: `up`, `test` and `run` are served here; the rest is Django's."""

import errno
import os
import sys
from collections.abc import Callable

from autolib.service import console, foreground, places, python_environment, settings_file, testing, up
from autolib.service.trouble import Trouble

WELCOME = """\
Autolib'

  python3 manage.py up      the whole service on this machine; Ctrl-C stops it   (--help: its options)
  python3 manage.py test    all tests, on a database of their own; takes pytest's arguments

  python3 manage.py run     one process alone, in the foreground: web, worker, beat, simulator   (--help)

The first two set themselves up on first use. The others are Django's:
"""
# Only the owner of the database may change its tables and roles; the application's own user may not.
OWNERS_COMMANDS = {"migrate", "grant_roles"}
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
    return run_safely(lambda: _run(argv[1:]))


def run_safely(command: Callable[[], int | None]) -> int:
    """What a person can mend is told in a sentence; a traceback is for our own mistakes."""
    try:
        return command() or 0
    except Trouble as trouble:
        sentence = str(trouble)
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        sentence = f"{error.filename or places.ROOT}: {error.strerror}. {REMEDIES[error.errno]}"
    except KeyboardInterrupt:
        console.say("\nInterrupted.")
        return 130
    sys.stdout.flush()
    print(f"\n{sentence}", file=sys.stderr)
    return 1


def _run(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command == "up":
        wishes = up.options(arguments[1:])
        _enter_environment(arguments)
        return up.run(wishes)
    if command == "test":
        _enter_environment(arguments)
        return testing.run(arguments[1:])
    if command == "run":
        wishes = foreground.options(arguments[1:])
        _enter_if_there(arguments)
        return foreground.run(wishes)
    return _django(arguments)


def _enter_environment(arguments: list[str]) -> None:
    python_environment.ensure()
    if not python_environment.is_active():
        python_environment.enter(arguments)


def _enter_if_there(arguments: list[str]) -> None:
    if not python_environment.is_active() and python_environment.exists():
        python_environment.enter(arguments)


def _django(arguments: list[str]) -> int:
    _enter_if_there(arguments)
    if not arguments:
        console.say(WELCOME)
    settings_file.load_into_environment(places.ENV_FILE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "autolib.settings"
    if arguments and arguments[0] in OWNERS_COMMANDS:
        _speak_as_owner()
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError as error:
        raise Trouble("Nothing is installed yet. Start with: python3 manage.py up") from error
    try:
        execute_from_command_line(["manage.py", *arguments])
    except OperationalError as error:
        if "Connection refused" not in str(error):
            raise
        raise Trouble(
            "The database does not answer. Start it (python3 manage.py up), or name another in DATABASE_URL."
        ) from error
    return 0


def _speak_as_owner() -> None:
    if owner := os.environ.get("DATABASE_OWNER_URL"):
        os.environ["DATABASE_URL"] = owner
    # A migration rewrites tables; the few seconds that a page may take are not for it.
    os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT_SECONDS", "3600")
