"""The environment our processes get: what the person has set, without what would lead them to other servers."""

import os

from autolib.service import places


def for_children(*, keeps_postgresql_variables: bool) -> dict[str, str]:
    env = dict(os.environ)
    if not keeps_postgresql_variables:
        # PGHOST, PGOPTIONS, PGSSLMODE …: libpq would obey them, and they were meant for another server.
        for name in [name for name in env if name.startswith("PG")]:
            del env[name]
    env["DJANGO_SETTINGS_MODULE"] = "autolib.settings"
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(places.ROOT), env.get("PYTHONPATH")]))
    env["PYTHONUNBUFFERED"] = "1"
    return env
