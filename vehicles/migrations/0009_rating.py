from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vehicles", "0008_task_on_its_way"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fieldtask",
            name="origin",
            field=models.CharField(
                choices=[
                    ("by_hand", "a person"),
                    ("low_charge", "low charge"),
                    ("faulted_dock", "faulted dock"),
                    ("silent_car", "silent car"),
                    ("unmoved_car", "car that has not moved"),
                    ("to_clean", "withdrawn for cleaning"),
                    ("to_repair", "withdrawn for damage or maintenance"),
                    ("unaccounted_car", "unaccounted car"),
                    ("lost_car", "car unaccounted for long"),
                    ("rated_dirty", "car rated dirty"),
                    ("rated_faulty", "car said to be broken"),
                ],
                max_length=20,
                verbose_name="asked for by",
            ),
        ),
        migrations.AlterField(
            model_name="taskrule",
            name="code",
            field=models.CharField(
                choices=[
                    ("low_charge", "low charge"),
                    ("faulted_dock", "faulted dock"),
                    ("silent_car", "silent car"),
                    ("unmoved_car", "car that has not moved"),
                    ("to_clean", "withdrawn for cleaning"),
                    ("to_repair", "withdrawn for damage or maintenance"),
                    ("unaccounted_car", "unaccounted car"),
                    ("lost_car", "car unaccounted for long"),
                    ("rated_dirty", "car rated dirty"),
                    ("rated_faulty", "car said to be broken"),
                ],
                max_length=20,
                verbose_name="rule",
            ),
        ),
    ]
