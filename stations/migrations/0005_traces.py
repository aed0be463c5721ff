"""Who did what and who looked at whom: append-only, and sealed."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION refuse_to_rewrite_traces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'traces are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER traces_are_append_only BEFORE UPDATE OR DELETE ON stations_trace
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_traces();
CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE ON stations_traceseal
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_traces();
"""
MAY_BE_REWRITTEN = """
DROP TRIGGER traces_are_append_only ON stations_trace; DROP TRIGGER seals_are_append_only ON stations_traceseal;
DROP FUNCTION refuse_to_rewrite_traces();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0004_forgiving_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="Trace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.CharField(max_length=80, verbose_name="by")),
                ("came_from", models.CharField(blank=True, max_length=45, verbose_name="from the address")),
                ("act", models.CharField(max_length=40, verbose_name="act")),
                ("model", models.CharField(max_length=60, verbose_name="kind of object")),
                ("object_id", models.CharField(max_length=64, verbose_name="object")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("data", models.JSONField(default=dict, verbose_name="more")),
                (
                    "network",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stations.network",
                        verbose_name="network",
                    ),
                ),
            ],
            options={
                "verbose_name": "trace",
                "verbose_name_plural": "traces",
            },
        ),
        migrations.CreateModel(
            name="TraceSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                (
                    "trace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seal", to="stations.trace"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(fields=["model", "object_id", "-id"], name="trace_of_object"),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(fields=["network", "-id"], name="trace_of_network"),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(fields=["actor", "-id"], name="trace_of_actor"),
        ),
        migrations.RunSQL(APPEND_ONLY, MAY_BE_REWRITTEN),
    ]
