"""What the models cannot say: composite foreign keys, indexes of conversations, storage parameters, the cache table."""

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

# Whether a project holds a conversation is answered by an index of the contents that are not plain text: a dataset is
# written in one form throughout, and which one has to be known before its first row. The second column of each index is
# one that no other index offers in that order: see annotation.selectors.records.
CONVERSATIONS = """
CREATE INDEX prompt_conversation ON annotation_prompt (project_id, created_at) WHERE jsonb_typeof(content) <> 'string';
CREATE INDEX response_conversation ON annotation_response (project_id, content_hash) WHERE jsonb_typeof(content) <> 'string';
"""
CONVERSATIONS_BACK = """
DROP INDEX prompt_conversation;
DROP INDEX response_conversation;
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
        migrations.RunSQL(CONVERSATIONS, CONVERSATIONS_BACK),
        migrations.RunSQL(STORAGE, STORAGE_BACK),
        migrations.RunSQL(CACHE, "DROP TABLE concord_cache;"),
    ]
