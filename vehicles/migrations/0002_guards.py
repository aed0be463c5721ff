"""A car neither moves nor leaves service without an event (see the guards of `stations`)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vehicles", "0001_initial"), ("stations", "0002_guards")]
    operations = [
        migrations.RunSQL(
            "CREATE CONSTRAINT TRIGGER a_car_changes_with_an_event AFTER UPDATE ON vehicles_vehicle "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
            "WHEN ((OLD.dock_id, OLD.is_in_service, OLD.version) "
            "IS DISTINCT FROM (NEW.dock_id, NEW.is_in_service, NEW.version)) "
            "EXECUTE FUNCTION demand_an_event('vehicle')",
            "DROP TRIGGER a_car_changes_with_an_event ON vehicles_vehicle",
        )
    ]
