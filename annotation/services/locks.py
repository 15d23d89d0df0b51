"""Advisory locks: the first lock of every deed, so that all deeds take their locks in one order."""

from __future__ import annotations

from django.db import connection

from annotation.models import Member

MEMBER = 0x434F4E43  # any number that nobody else uses as a namespace
BEAT = 0x434F4E44

# Whether the person wrote prompts comes along: hand-out asks, and a statement of its own would cost a round trip.
LOCK_MEMBER = """
SELECT pg_advisory_xact_lock(%(ns)s, (%(member)s %% 2147483647)::int),
  EXISTS (SELECT FROM annotation_prompt WHERE author_id = %(member)s)
"""


def lock_member(member: Member) -> bool:
    """One deed of a person at a time, until the transaction ends. True where the person wrote prompts.

    A statement of its own, before the claim: inside the claim the snapshot is already taken, and a double click
    on two connections would take two slots.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_MEMBER, {"ns": MEMBER, "member": member.pk})
        return bool(cursor.fetchone()[1])


def try_beat(number: int) -> bool:
    """Whether this transaction is the only one doing periodic work ``number``; held until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [BEAT, number])
        return bool(cursor.fetchone()[0])
