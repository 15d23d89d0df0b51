"""Why the queue has nothing for a member: others hold the rest for now, nothing is theirs, or everything is judged."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from annotation.models import Member
from annotation.vocabulary import AssignmentKind, AssignmentState
from common.db.rows import query_one

# One pair that another member holds and this member may have: not judged, skipped or held by them, not their own prompt.
# Scalar sub-selects, as in claim.sql: the table of leases is short, and each of them is one probe.
_WHY: Final = f"""
SELECT EXISTS (
  SELECT FROM annotation_assignment o
  WHERE o.project_id = %(project)s AND o.state = '{AssignmentState.LEASED}' AND o.kind = '{AssignmentKind.ORDINARY}'
    AND o.slot_id IS NOT NULL AND o.member_id <> %(member)s
    AND (SELECT true FROM annotation_assignment t
         WHERE t.project_id = %(project)s AND t.member_id = %(member)s AND t.pair_id = o.pair_id
           AND t.state IN ('{AssignmentState.LEASED}', '{AssignmentState.SUBMITTED}', '{AssignmentState.SKIPPED}')
         LIMIT 1) IS NULL
    AND (SELECT q.author_id FROM annotation_pair p JOIN annotation_prompt q ON q.id = p.prompt_id
         WHERE p.id = o.pair_id) IS DISTINCT FROM %(member)s),
 EXISTS (SELECT FROM annotation_assignment
         WHERE project_id = %(project)s AND state = '{AssignmentState.LEASED}' AND kind = '{AssignmentKind.ORDINARY}'),
 (SELECT true FROM annotation_slot WHERE project_id = %(project)s AND route = 0 AND open ORDER BY key LIMIT 1),
 (SELECT true FROM annotation_slot WHERE project_id = %(project)s ORDER BY pair_id LIMIT 1)
"""  # noqa: S608 - words of the vocabulary


class QueueEnd(StrEnum):
    """Why there is nothing more for a member."""

    HELD_BY_OTHERS = "held_by_others"
    """Others hold pairs that the member may have if they come back."""
    NOTHING_FOR_YOU = "nothing_for_you"
    """Judgements are still wanted, of pairs that the member judged, skipped or wrote."""
    ALL_DONE = "all_done"
    """Every judgement that is wanted is in."""
    NO_PAIRS = "no_pairs"
    """The project has no pairs to judge yet."""


def reason(member: Member) -> QueueEnd:
    """Return why hand-out had nothing left for the member; ask only after it answered so. One query.

    The answer names no pair, no person and no number, and gold is no part of it.
    """
    found = query_one(_WHY, {"project": member.project_id, "member": member.pk})
    assert found is not None  # a SELECT without FROM has one row
    held, anyone, wanted, any_slot = found
    if held:
        return QueueEnd.HELD_BY_OTHERS
    if anyone or wanted:
        return QueueEnd.NOTHING_FOR_YOU
    return QueueEnd.ALL_DONE if any_slot else QueueEnd.NO_PAIRS
