"""The index is built while crews work; one that was left half-built is dropped first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("vehicles", "0007_task_target")]
    operations = [
        migrations.RunSQL(
            ["SET statement_timeout = 0; SET lock_timeout = 0", "DROP INDEX CONCURRENTLY IF EXISTS task_on_its_way"],
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "fieldtask",
            models.Index(
                fields=["target"],
                name="task_on_its_way",
                condition=Q(target__isnull=False, state__in=["open", "assigned", "underway"]),
            ),
        ),
        migrations.RunSQL("RESET statement_timeout; RESET lock_timeout", migrations.RunSQL.noop),
    ]
