from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stations", "0009_station_photo")]
    operations = [
        migrations.AddField(
            model_name="dockreport",
            name="status_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="in this state since"),
        ),
    ]
