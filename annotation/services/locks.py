"""The lock that every operation of a member takes first, so that all operations lock in the same order."""

from __future__ import annotations

from annotation.models import Member
from common.db import locks
from common.db.rows import query

# Whether the member wrote prompts comes along: hand-out asks, and a statement of its own would cost a round trip.
LOCK_MEMBER = """
SELECT pg_advisory_xact_lock(%(namespace)s, %(key)s), EXISTS (SELECT FROM annotation_prompt WHERE author_id = %(member)s)
"""


def lock_member(member: Member) -> bool:
    """Let one operation of a member run at a time, until the transaction ends. True where the member wrote prompts.

    A statement of its own, before a claim: inside the claim the snapshot is already taken, and a double click on two
    connections would take two slots.
    """
    at = {"namespace": locks.Namespace.MEMBER.value, "key": locks.number(member.pk), "member": member.pk}
    ((_, author),) = query(LOCK_MEMBER, at)
    return bool(author)
