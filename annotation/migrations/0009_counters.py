from django.db import migrations

COUNTERS = """
DROP TABLE concord_cache;
CREATE TABLE concord_counter (
    key text NOT NULL PRIMARY KEY,
    used bigint NOT NULL CHECK (used >= 0),
    ends timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX concord_counter_ends ON concord_counter (ends);
"""
BACK = """
DROP TABLE concord_counter;
CREATE TABLE concord_cache (cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX concord_cache_expires ON concord_cache (expires);
"""


class Migration(migrations.Migration):
    """Django's cache deletes the rows that it has too many of, also those of a limit; counters have a table without that."""

    dependencies = [
        ('annotation', '0008_jobs'),
    ]

    operations = [migrations.RunSQL(COUNTERS, BACK)]
