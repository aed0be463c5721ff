from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("vehicles", "0007_task_target")]

    operations = [
        AddIndexConcurrently(
            model_name="fieldtask",
            index=models.Index(
                condition=Q(target__isnull=False, state__in=["open", "assigned", "underway"]),
                fields=["target"],
                name="task_on_its_way",
            ),
        ),
    ]
