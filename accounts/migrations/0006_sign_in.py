import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table that nothing reads before the code that comes with it: safe beside the code of before."""

    dependencies = [("accounts", "0005_push_subscriptions")]

    operations = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_key", models.CharField(editable=False, max_length=40, unique=True)),
                ("browser", models.CharField(blank=True, max_length=20, verbose_name="browser")),
                ("system", models.CharField(blank=True, max_length=20, verbose_name="system")),
                ("signed_in_at", models.DateTimeField(verbose_name="signed in")),
                ("last_used_at", models.DateTimeField(verbose_name="last used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={"verbose_name": "sign-in", "verbose_name_plural": "sign-ins"},
        ),
    ]
