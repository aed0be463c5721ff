"""Operators have roles. The table stays where it is, so that the code of before still reads and writes it meanwhile;
whoever operated a network until now is its manager.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = [
    ("control", "control room"),
    ("crew", "field crew"),
    ("care", "customer care"),
    ("finance", "finance"),
    ("auditor", "auditor"),
    ("manager", "network manager"),
]
# Django named the old constraint by a digest.
DROP_OLD_UNIQUE = """
DO $$
DECLARE old text;
BEGIN
    SELECT conname INTO old FROM pg_constraint
    WHERE conrelid = 'accounts_user_networks'::regclass AND contype = 'u' AND conname <> 'a_role_is_given_once';
    IF old IS NOT NULL THEN EXECUTE format('ALTER TABLE accounts_user_networks DROP CONSTRAINT %I', old); END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_told_until_signed_out"), ("stations", "0004_forgiving_search")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("user", "networks"),
                migrations.CreateModel(
                    name="Appointment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="stations.network",
                                verbose_name="network",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="appointments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "appointment",
                        "verbose_name_plural": "appointments",
                        "db_table": "accounts_user_networks",
                    },
                ),
                migrations.AddField(
                    "user",
                    "networks",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        through="accounts.Appointment",
                        to="stations.network",
                        verbose_name="operates",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "appointment",
            "role",
            models.CharField(
                choices=ROLES, db_default="manager", default="manager", max_length=10, verbose_name="role"
            ),
        ),
        migrations.RunSQL(DROP_OLD_UNIQUE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "appointment",
            models.UniqueConstraint(fields=("user", "network", "role"), name="a_role_is_given_once"),
        ),
    ]
