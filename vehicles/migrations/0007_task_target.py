"""Where a car is to be moved. Tasks of before have no target, so nothing is read to check them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0008_imports"),
        ("vehicles", "0006_field_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="fieldtask",
            name="target",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="For a car that is to be moved: where to plug it in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stations.station",
                verbose_name="move it to",
            ),
        ),
        migrations.AddConstraint(
            model_name="fieldtask",
            constraint=models.CheckConstraint(
                condition=Q(target__isnull=True) | Q(kind="move", vehicle__isnull=False),
                name="only_a_car_that_is_moved_has_a_target",
            ),
        ),
    ]
