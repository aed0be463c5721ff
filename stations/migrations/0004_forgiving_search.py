"""Words that are nearly right are found; a network says when a cancellation is final and when a post is silent."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stations", "0003_inbox")]
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.AddField(
            model_name="network",
            name="cancel_undo_seconds",
            field=models.PositiveIntegerField(
                db_default=60, default=60, verbose_name="a cancellation may be undone for (s)"
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="post_silence_seconds",
            field=models.PositiveIntegerField(db_default=1800, default=1800, verbose_name="a post is silent after (s)"),
        ),
    ]
