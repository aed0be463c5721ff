"""A plan may be chosen together with the password; its contract starts once the address is confirmed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_favourites")]
    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="wanted_plan",
            field=models.ForeignKey(
                blank=True,
                help_text="Chosen at sign-up; the contract starts once the e-mail address is confirmed.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.plan",
                verbose_name="wanted plan",
            ),
        ),
    ]
