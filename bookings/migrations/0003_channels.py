"""Each channel has its own debts. Safe beside the code of before: it goes on writing mails, by the column's default."""

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
