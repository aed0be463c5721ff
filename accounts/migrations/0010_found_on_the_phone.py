"""People are found by what they say on the phone; each index is of the expression that `autolib.console.finding` asks.

Outside a transaction, and able to run again: an index that was left half-built is dropped first.
"""

from django.db import migrations

# `unaccent` may be given another dictionary and is not immutable for that; with this one named it is.
FUNCTION = """
CREATE OR REPLACE FUNCTION plain_name(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1))
"""
INDEXES = {
    "user_plain_name": "accounts_user USING gin (plain_name(full_name) gin_trgm_ops)",
    "user_upper_email": "accounts_user USING gin (upper(email) gin_trgm_ops)",
    "user_phone_end": r"accounts_user (right(regexp_replace(phone, '\D', '', 'g'), 9))",
    "badge_last_four": "accounts_badge (upper(last_four))",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_grounds_of_a_block"), ("stations", "0004_forgiving_search")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION plain_name(text)"),
        *(
            migrations.RunSQL(
                [
                    "SET statement_timeout = 0; SET lock_timeout = 0",
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                    f"CREATE INDEX CONCURRENTLY {name} ON {what}",
                    "RESET statement_timeout; RESET lock_timeout",
                ],
                f"DROP INDEX {name}",
            )
            for name, what in INDEXES.items()
        ),
    ]
