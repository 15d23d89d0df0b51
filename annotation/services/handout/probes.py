"""Probes: pairs that a member judged a while ago, handed to them once more with their sides swapped, at the project's rate."""

from __future__ import annotations

import random
from typing import Final
from uuid import UUID

from annotation.models import Member, Project
from annotation.services.handout.gold import APART
from common.db.rows import query

AMONG: Final = 200
"""Assignments before the last :data:`APART` judgements among which a probe is drawn: a probe comes back after some 50 to 250
judgements, however many there are."""

CLAIM_PROBE: Final = """
SELECT id, uuid FROM concord_claim_probe(%(project)s, %(member)s, %(lease)s, %(seed)s, %(apart)s, %(among)s)
"""


def drawn(project: Project, rng: random.Random) -> bool:
    """Draw whether a probe may come in place of an ordinary pair: r / (1 + r) makes r probes for each ordinary pair."""
    rate = project.probe_rate
    return rate > 0 and rng.random() < rate / (1 + rate)


def claim(member: Member, rng: random.Random) -> tuple[int, UUID] | None:
    """Lease a pair that the member may be probed on; null where there is none, as among their first :data:`APART`."""
    project = member.project
    at = {"project": project.pk, "member": member.pk, "lease": project.lease_seconds, "seed": rng.getrandbits(63)}
    ((assignment, uuid),) = query(CLAIM_PROBE, at | {"apart": APART, "among": AMONG})
    return None if assignment is None else (assignment, uuid)
