from django.db import migrations

# The version before this one signs people in by concord_cache, and serves until its last process has been replaced: the
# table is dropped by a later version. A database that an earlier state of this migration changed has lost it already.
COUNTERS = """
CREATE TABLE concord_counter (
    key text NOT NULL PRIMARY KEY,
    used bigint NOT NULL CHECK (used >= 0),
    ends timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX concord_counter_ends ON concord_counter (ends);
"""
BACK = """
DROP TABLE concord_counter;
CREATE TABLE IF NOT EXISTS concord_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS concord_cache_expires ON concord_cache (expires);
"""


class Migration(migrations.Migration):
    """Django's cache deletes the rows that it has too many of, also those of a limit; counters have a table without that."""

    dependencies = [
        ('annotation', '0008_jobs'),
    ]

    operations = [migrations.RunSQL(COUNTERS, BACK)]
