from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0008_refused_requests")]
    operations = [
        migrations.AddField(
            model_name="booking",
            name="may_last_until",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="may last until"),
        ),
    ]
