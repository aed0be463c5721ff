"""What imports did, so that they can be taken back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0007_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("file", models.CharField(max_length=200, verbose_name="file")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.CharField(max_length=80, verbose_name="by")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("created", models.JSONField(default=list)),
                ("columns", models.JSONField(default=list)),
                ("changed", models.JSONField(default=list)),
                ("created_count", models.PositiveIntegerField(default=0, verbose_name="created")),
                ("changed_count", models.PositiveIntegerField(default=0, verbose_name="changed")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                ("undone_by", models.CharField(blank=True, max_length=80, verbose_name="undone by")),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [models.Index(fields=["network", "-id"], name="import_run_of_network")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at__isnull", True), ("undone_by", "")),
                            models.Q(("undone_at__isnull", False), models.Q(("undone_by", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="an_undone_import_says_by_whom",
                    )
                ],
            },
        ),
    ]
