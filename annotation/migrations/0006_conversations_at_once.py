"""Whether a project holds a conversation, answered at once: an index of those contents that are no plain text.

A dataset is written in one form throughout, and which one has to be known before its first row. The second column of
each index is one that no other index offers in that order: see reward.selectors.
"""

from django.db import migrations

INDEXES = """
CREATE INDEX prompt_conversation ON annotation_prompt (project_id, created_at) WHERE jsonb_typeof(content) <> 'string';
CREATE INDEX response_conversation ON annotation_response (project_id, content_hash) WHERE jsonb_typeof(content) <> 'string';
"""
INDEXES_BACK = """
DROP INDEX prompt_conversation;
DROP INDEX response_conversation;
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0005_ids_that_read_alike")]

    operations = [migrations.RunSQL(INDEXES, INDEXES_BACK)]
