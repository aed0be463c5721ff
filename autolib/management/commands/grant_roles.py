import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg2 import sql

# Run as the owner of the database. The application may change rows but neither tables nor history; auditors may read
# the audit views and nothing of people.
APPLICATION, AUDITOR = "autolib_app", "autolib_auditor"
# What a great import fills is analysed at once (`stations.statistics`).
IMPORTED = [
    "stations_station",
    "stations_dock",
    "stations_chargepoint",
    "stations_device",
    "vehicles_vehicle",
    "vehicles_vehiclereport",
]
MAY_GRANT_MAINTAIN = 170000
VIEWS = ["audit_occupancy", "audit_events", "audit_cars", "audit_messages"]


class Command(BaseCommand):
    help = (
        "Create or refresh the database roles autolib_app (rows, no tables, no history) and autolib_auditor (audit "
        "views only). Passwords come from DATABASE_APP_PASSWORD and DATABASE_AUDITOR_PASSWORD; run it as the owner."
    )

    def handle(self, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
            if not cursor.fetchone()[0]:
                raise CommandError(
                    "This database user may not create roles. Run grant_roles with the owner's address as DATABASE_URL."
                )
            for role, variable in (
                (APPLICATION, "DATABASE_APP_PASSWORD"),
                (AUDITOR, "DATABASE_AUDITOR_PASSWORD"),
            ):
                self._ensure(cursor, role, os.environ.get(variable))
            imported = sql.SQL(", ").join(sql.Identifier(table) for table in IMPORTED)
            database = sql.Identifier(connection.settings_dict["NAME"])
            app, auditor = sql.Identifier(APPLICATION), sql.Identifier(AUDITOR)
            for statement in (
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}").format(database, app, auditor),
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
                sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(app, auditor),
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(app),
                sql.SQL("REVOKE DELETE ON stations_event, stations_ruleversion, stations_proposal FROM {}").format(app),
                sql.SQL("REVOKE UPDATE, DELETE ON stations_trace, stations_traceseal FROM {}").format(app),
                sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app),
                sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(auditor),
                sql.SQL("GRANT SELECT ON {} TO {}").format(
                    sql.SQL(", ").join(sql.Identifier(view) for view in VIEWS), auditor
                ),
                sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(auditor),
            ):
                cursor.execute(statement)
            if cursor.connection.server_version >= MAY_GRANT_MAINTAIN:
                cursor.execute(sql.SQL("GRANT MAINTAIN ON {} TO {}").format(imported, app))
        self.stdout.write(f"roles {APPLICATION} and {AUDITOR} are in place")

    def _ensure(self, cursor: Any, role: str, password: str | None) -> None:
        name = sql.Identifier(role)
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        if password:
            cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
