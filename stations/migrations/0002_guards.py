"""What the database itself watches over: the log is append-only, and no version is raised without its event."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       (OLD.id, OLD.network_id, OLD.aggregate, OLD.aggregate_id, OLD.version, OLD.type, OLD.ref, OLD.actor,
        OLD.occurred_at, OLD.recorded_at, OLD.data) IS DISTINCT FROM
       (NEW.id, NEW.network_id, NEW.aggregate, NEW.aggregate_id, NEW.version, NEW.type, NEW.ref, NEW.actor,
        NEW.occurred_at, NEW.recorded_at, NEW.data)
       OR OLD.position IS NOT NULL AND NEW.position IS DISTINCT FROM OLD.position THEN
        RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON stations_event
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_history();
"""

# Deferred to the commit, so that row and event may be written in any order inside one transaction.
DEMAND_EVENT = """
CREATE FUNCTION demand_an_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version IS DISTINCT FROM OLD.version + 1 THEN
        RAISE EXCEPTION '% % changed without an event', TG_ARGV[0], NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM stations_event
                   WHERE aggregate = TG_ARGV[0] AND aggregate_id = NEW.id AND version = NEW.version) THEN
        RAISE EXCEPTION '% % has no event for version %', TG_ARGV[0], NEW.id, NEW.version
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER a_station_changes_with_an_event AFTER UPDATE ON stations_station
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.is_renting, OLD.is_returning, OLD.is_installed, OLD.version)
      IS DISTINCT FROM (NEW.is_renting, NEW.is_returning, NEW.is_installed, NEW.version))
EXECUTE FUNCTION demand_an_event('station');
CREATE CONSTRAINT TRIGGER a_dock_changes_with_an_event AFTER UPDATE ON stations_dock
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.is_in_service, OLD.version) IS DISTINCT FROM (NEW.is_in_service, NEW.version))
EXECUTE FUNCTION demand_an_event('dock');
"""


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]
    operations = [
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER events_are_append_only ON stations_event; DROP FUNCTION refuse_to_rewrite_history();",
        ),
        migrations.RunSQL(
            DEMAND_EVENT,
            "DROP TRIGGER a_station_changes_with_an_event ON stations_station; "
            "DROP TRIGGER a_dock_changes_with_an_event ON stations_dock; DROP FUNCTION demand_an_event();",
        ),
    ]
