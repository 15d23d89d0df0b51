"""Gold: pairs with a known verdict, handed out among the others at the project's rate.

Gold is rotated: of a few that are drawn, each person gets the one that the fewest people know, in the order of sides in which
it was shown less often. Nobody gets one whose prompt was among their last judgements, and none is handed to more people than
the project allows. So neither memory nor talk tells it from an ordinary pair.
"""

from __future__ import annotations

import random
from typing import Final
from uuid import UUID

from annotation.models import Assignment, Member
from annotation.vocabulary import AssignmentKind
from common.db.rows import query

NEVER_AMONG_THE_FIRST: Final = 3
APART: Final = 50
"""Judgements between two pairs of one prompt, where the second is gold or a probe."""
AMONG: Final = 8
"""Gold pairs drawn, of which the one that the fewest people know is handed out."""

CLAIM_GOLD: Final = """
SELECT id, uuid FROM concord_claim_gold(
  %(project)s, %(member)s, %(lease)s, %(seed)s, %(apart)s, %(among)s, %(people)s)
"""

ON_PROBATION: Final = 2
"""Times as often gold comes to somebody on probation, so that it is soon known how they judge; at most every second pair."""
MOST: Final = 0.5


def drawn(member: Member, rng: random.Random) -> bool:
    """Draw whether gold may come. As gold never follows gold, r / (1 - r) after each other pair makes a share of r."""
    rate = min(member.project.gold_rate * (ON_PROBATION if member.probation else 1), MOST)
    return rate > 0 and rng.random() < rate / (1 - rate)


def is_due(member: Member) -> bool:
    """Whether gold may come now: never among the member's first three pairs, never twice running."""
    latest = list(
        Assignment.objects.filter(project_id=member.project_id, member_id=member.pk)
        .order_by("-id")
        .values_list("kind", flat=True)[:NEVER_AMONG_THE_FIRST]
    )
    return len(latest) == NEVER_AMONG_THE_FIRST and latest[0] != AssignmentKind.GOLD


def claim(member: Member, rng: random.Random) -> tuple[int, UUID] | None:
    """Lease a gold pair that the member may have; null where there is none."""
    project = member.project
    at = {"project": project.pk, "member": member.pk, "lease": project.lease_seconds, "seed": rng.getrandbits(63)}
    at |= {"apart": APART, "among": AMONG}
    ((assignment, uuid),) = query(CLAIM_GOLD, at | {"people": project.gold_exposure_limit})
    return None if assignment is None else (assignment, uuid)
