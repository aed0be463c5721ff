"""The table of Django's database cache: sign-in limits live in PostgreSQL, not in Redis."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE TABLE autolib_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, "
            "expires timestamptz NOT NULL); CREATE INDEX autolib_cache_expires ON autolib_cache (expires)",
            "DROP TABLE autolib_cache",
        )
    ]
