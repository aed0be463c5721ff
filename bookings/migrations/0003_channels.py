"""Each channel has its own debts. The code of before goes on writing mails, by the column's default; it would take a
notice to a browser for one, so none is owed until PUSH_PRIVATE_KEY is set, after the last old worker has gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_audit_views")]
    operations = [
        migrations.AddField(
            model_name="notification",
            name="channel",
            field=models.CharField(
                choices=[("mail", "e-mail"), ("push", "browser")],
                db_default="mail",
                default="mail",
                max_length=4,
                verbose_name="channel",
            ),
        )
    ]
