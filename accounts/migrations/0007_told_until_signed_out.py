"""A device is told until it is signed out, from wherever."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_sign_in")]
    operations = [
        migrations.AddField(
            model_name="pushsubscription",
            name="session_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
