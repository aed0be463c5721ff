#!/usr/bin/env python3
"""The one door: `up` runs the whole service, `test` tests it, everything else is a Django command."""

import sys

# Only what very old Pythons can read may stand in this file: it has to be able to say that Python is too old.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Autolib' needs Python 3.11 or newer, and this is Python " + sys.version.split()[0] + ". "
        "Install a newer one (Debian 12: sudo apt install python3) and run: python3.11 manage.py up"
    )

if __name__ == "__main__":
    from autolib.service import commands

    sys.exit(commands.run(sys.argv))
