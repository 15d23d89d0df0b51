"""What Django's models cannot say: composite foreign keys, append-only tables, room for heap-only updates, the cache table."""

from django.db import migrations

COMPOSITE_KEYS = """
ALTER TABLE annotation_pair
  ADD CONSTRAINT pair_first_answers_its_prompt
    FOREIGN KEY (first_id, prompt_id) REFERENCES annotation_response (id, prompt_id) DEFERRABLE INITIALLY DEFERRED,
  ADD CONSTRAINT pair_second_answers_its_prompt
    FOREIGN KEY (second_id, prompt_id) REFERENCES annotation_response (id, prompt_id) DEFERRABLE INITIALLY DEFERRED;
"""
COMPOSITE_KEYS_BACK = """
ALTER TABLE annotation_pair DROP CONSTRAINT pair_first_answers_its_prompt, DROP CONSTRAINT pair_second_answers_its_prompt;
"""

APPEND_ONLY = """
CREATE FUNCTION concord_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON annotation_annotationrevision
  FOR EACH ROW EXECUTE FUNCTION concord_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON annotation_auditevent
  FOR EACH ROW EXECUTE FUNCTION concord_append_only();
"""
APPEND_ONLY_BACK = """
DROP TRIGGER append_only ON annotation_annotationrevision;
DROP TRIGGER append_only ON annotation_auditevent;
DROP FUNCTION concord_append_only();
"""

# Marks move at each claim and no index holds their key: half-empty pages keep those updates in place.
# Slots and assignments change state a few times in their life: vacuum them by count, not by a share of a million.
STORAGE = """
ALTER TABLE annotation_queuemark SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE annotation_slot SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE annotation_assignment SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
"""
STORAGE_BACK = """
ALTER TABLE annotation_queuemark RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE annotation_slot RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
ALTER TABLE annotation_assignment RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
"""

# Django's own `createcachetable` as a migration: counters of sign-in limits, nothing else.
CACHE = """
CREATE TABLE concord_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX concord_cache_expires ON concord_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]

    operations = [
        migrations.RunSQL(COMPOSITE_KEYS, COMPOSITE_KEYS_BACK),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(STORAGE, STORAGE_BACK),
        migrations.RunSQL(CACHE, "DROP TABLE concord_cache;"),
    ]
