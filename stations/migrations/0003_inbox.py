"""The inbox knows refused badges; each worker finds its own kind of report without reading the other's; and a message
is indexed no more often than is of use."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stations", "0002_guards")]
    operations = [
        migrations.AlterField(
            model_name="devicemessage",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("applied", "applied"),
                    ("stale", "older than what is known"),
                    ("quarantined", "in quarantine"),
                    ("refused", "refused"),
                ],
                default="pending",
                max_length=12,
                verbose_name="outcome",
            ),
        ),
        migrations.AlterField(
            model_name="devicemessage",
            name="device",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stations.device",
                verbose_name="device",
            ),
        ),
        migrations.RemoveIndex(model_name="devicemessage", name="message_pending"),
        migrations.AddIndex(
            model_name="devicemessage",
            index=models.Index(
                condition=models.Q(("outcome", "pending")), fields=["kind", "id"], name="message_pending"
            ),
        ),
    ]
