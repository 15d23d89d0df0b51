"""Hand-out: one queue, and each person's place in it.

Every open slot has a key. A person takes the first open slot behind his own mark that he may have, and his mark
moves to it. Leases run on the database's clock.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.models import Assignment, Member, Project
from annotation.services import slots
from annotation.services.locks import lock_member
from annotation.vocabulary import AssignmentState, ProjectState

MOST_LEASES = 3
GOLD_NEVER_AMONG_THE_FIRST = 3
LAPSED_AT_ONCE = 20
WALK_STEP = 20_000
WALK_STEPS_A_REQUEST = 5
WALK_AGAIN_SECONDS = 300
LEAVING_SECONDS = 60


class NotYours(Exception):
    """The assignment is someone else's, or there is none."""


class NotHandingOut(Exception):
    """The project is not open, or this person is paused or suspended."""


class TooManyLeases(Exception):
    """The person holds as many pairs as anybody may; one has to be finished first."""


class Answer(enum.Enum):
    """What a request for the next pair comes to."""

    PAIR = "pair"
    LOOKING_FURTHER = "looking further"
    NOTHING_LEFT = "nothing left"


@dataclass(frozen=True, slots=True)
class Offer:
    """``assignment`` is the primary key of the leased assignment where ``answer`` is PAIR, else null."""

    answer: Answer
    assignment: int | None = None
    uuid: UUID | None = None


# The common case in one round trip: lock, live leases, claim, each a statement of its own inside the function, whose
# plans stay with the connection (planning and parsing them anew was half the cost of a cycle). Nulls where it is not
# the common case: a lease that the page does not name, full hands, an author, nothing ahead. The function is made by
# a migration; a test holds its claim against CLAIM below.
CLAIM_AT_ONCE = "SELECT * FROM concord_claim(%(project)s, %(member)s, %(route)s, %(lease)s, %(holding)s::uuid[])"

LIVE = """
SELECT id, uuid FROM annotation_assignment
WHERE project_id = %(project)s AND member_id = %(member)s AND state = 'leased' ORDER BY id
"""

# The sub-select on assignment is scalar on purpose: as NOT EXISTS the planner may turn it into an anti join that
# reads a whole index at each claim while the table is young.
CLAIM = """
WITH m AS MATERIALIZED (
  SELECT key FROM annotation_queuemark
  WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s
    AND (walk_to IS NOT NULL) = %(walking)s),
c AS MATERIALIZED (
  SELECT s.id, s.pair_id, s.key, s.first_on_left FROM annotation_slot s
  WHERE s.project_id = %(project)s AND s.route = %(route)s AND s.open
    AND s.key > (SELECT key FROM m) AND s.key <= %(until)s
    AND (SELECT true FROM annotation_assignment t
         WHERE t.project_id = s.project_id AND t.member_id = %(member)s AND t.pair_id = s.pair_id
           AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
  ORDER BY s.key LIMIT 1 FOR UPDATE OF s SKIP LOCKED),
u AS (UPDATE annotation_slot SET open = false, reopened_at = NULL FROM c WHERE annotation_slot.id = c.id
  RETURNING annotation_slot.id),
n AS (UPDATE annotation_queuemark SET key = c.key FROM c
  WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s)
INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
  guidelines_version, leased_at, lease_until)
SELECT gen_random_uuid(), %(project)s, %(member)s, c.pair_id, c.id, 'ordinary', 'leased', c.first_on_left,
  (SELECT max(version) FROM annotation_guidelines WHERE project_id = %(project)s),
  clock_timestamp(), clock_timestamp() + make_interval(secs => %(lease)s)
FROM c JOIN u USING (id)
RETURNING id, uuid
"""

# The claim of somebody who wrote prompts: he is never handed his own. Few did, and planning the two more tables would
# cost everybody a quarter of the claim.
CLAIM_OF_AUTHOR = CLAIM.replace(
    "  ORDER BY s.key LIMIT 1",
    """    AND (SELECT q.author_id FROM annotation_pair p JOIN annotation_prompt q ON q.id = p.prompt_id
         WHERE p.id = s.pair_id) IS DISTINCT FROM %(member)s
  ORDER BY s.key LIMIT 1""",
)

GOLD = """
INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
  guidelines_version, leased_at, lease_until)
SELECT gen_random_uuid(), %(project)s, %(member)s, p.id, NULL, 'gold', 'leased',
  NOT coalesce((SELECT g.first_on_left FROM annotation_assignment g
    WHERE g.project_id = %(project)s AND g.member_id = %(member)s AND g.kind = 'gold' ORDER BY g.id DESC LIMIT 1),
    hashint8(%(member)s) %% 2 = 0),
  (SELECT max(version) FROM annotation_guidelines WHERE project_id = %(project)s),
  clock_timestamp(), clock_timestamp() + make_interval(secs => %(lease)s)
FROM annotation_pair p JOIN annotation_prompt q ON q.id = p.prompt_id
WHERE p.project_id = %(project)s AND p.gold_verdict IS NOT NULL AND q.author_id IS DISTINCT FROM %(member)s
  AND (SELECT true FROM annotation_assignment t
       WHERE t.project_id = %(project)s AND t.member_id = %(member)s AND t.pair_id = p.id
         AND t.state IN ('leased', 'submitted', 'skipped') LIMIT 1) IS NULL
ORDER BY hashint8extended(p.id, %(member)s) LIMIT 1
RETURNING id, uuid
"""

LAPSED = """
WITH lapsed AS (
  SELECT id FROM annotation_assignment
  WHERE project_id = %(project)s AND state = 'leased' AND lease_until < clock_timestamp()
    AND member_id <> %(spare)s
  ORDER BY lease_until LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE annotation_assignment a SET state = 'expired' FROM lapsed WHERE a.id = lapsed.id RETURNING a.slot_id
"""

ASSIGNMENT = (
    "id",
    "uuid",
    "project_id",
    "member_id",
    "pair_id",
    "slot_id",
    "kind",
    "state",
    "first_on_left",
    "guidelines_version",
    "leased_at",
    "lease_until",
)

# By id alone, state looked at afterwards: with the state in the condition the planner may walk the index of leases
# with all its dead entries.
OWN = """
SELECT id, uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left, guidelines_version, leased_at,
  lease_until
FROM annotation_assignment WHERE project_id = %(project)s AND uuid = %(uuid)s AND member_id = %(member)s FOR UPDATE
"""

# By id alone, the state looked at in the row itself: whoever lets the lease lapse at this very moment comes first.
RENEW = """
UPDATE annotation_assignment SET lease_until =
  CASE WHEN state = 'leased' THEN clock_timestamp() + make_interval(secs => %(lease)s) ELSE lease_until END
WHERE id = %(assignment)s RETURNING state
"""

# The pair in hand is on the page anew, beside the guidelines as they are now: those are the ones it is judged by.
RENEW_AND_SHOW = RENEW.replace(
    "\nWHERE id",
    """,
  guidelines_version = CASE WHEN state = 'leased' THEN
    (SELECT max(version) FROM annotation_guidelines WHERE project_id = %(project)s) ELSE guidelines_version END
WHERE id""",
)

LEAVE = """
UPDATE annotation_assignment
SET lease_until = least(lease_until, clock_timestamp() + make_interval(secs => %(leaving)s)) WHERE id = %(assignment)s
"""

# The mark steps just before the lowest open key, so that this very key is met again.
GO_BACK = """
UPDATE annotation_queuemark m SET went_back_at = clock_timestamp(), walk_to = m.key, key = low.key - 1e-9
FROM (SELECT key FROM annotation_slot
      WHERE project_id = %(project)s AND route = %(route)s AND open ORDER BY key LIMIT 1) low
WHERE m.project_id = %(project)s AND m.member_id = %(member)s AND m.route = %(route)s AND low.key <= m.key
  AND (m.went_back_at IS NULL OR m.went_back_at < clock_timestamp() - make_interval(secs => %(again)s))
RETURNING m.walk_to
"""

# Scalar sub-selects on purpose: joined to the mark, the planner may read the index from its beginning at each step.
STEP_END = """
WITH m AS MATERIALIZED (
  SELECT key, walk_to FROM annotation_queuemark
  WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s)
SELECT s.key FROM annotation_slot s
WHERE s.project_id = %(project)s AND s.route = %(route)s AND s.open
  AND s.key > (SELECT key FROM m) AND s.key <= (SELECT coalesce(walk_to, 'Infinity') FROM m)
ORDER BY s.key OFFSET %(step)s LIMIT 1
"""

MOVE_MARK = """
UPDATE annotation_queuemark SET key = %(key)s, walk_to = NULLIF(walk_to, %(key)s)
WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s
"""

MARK = """
SELECT walk_to FROM annotation_queuemark
WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s
"""

NEW_MARK = """
INSERT INTO annotation_queuemark (project_id, member_id, route, key)
VALUES (%(project)s, %(member)s, %(route)s, 0) ON CONFLICT (project_id, member_id, route) DO NOTHING
"""


AHEAD_OF_THE_MARK = {"until": float("inf"), "walking": False}


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def lease_next(
    *, member: Member, holding: Collection[UUID] = (), rng: random.Random | None = None, route: int = 0
) -> Offer:
    """Hand this person a pair: one he holds already, else gold at the project's rate, else the next of the queue.

    Parameters
    ----------
    holding
        The leases the page already shows or keeps ready; the answer is another one.
    rng
        Decides when gold comes and when this request clears lapsed leases.

    Raises
    ------
    NotHandingOut
        The project is not open, or the person is not active.
    TooManyLeases
        ``holding`` names as many live leases as anybody may have.
    """
    project = member.project
    if project.state != ProjectState.OPEN or member.state != "active":
        raise NotHandingOut
    rng = rng or random.SystemRandom()
    at = {"project": project.pk, "member": member.pk, "route": route, "lease": project.lease_seconds}
    gold, clear = _gold_may_come(project, rng), rng.random() < 1 / 50
    if not gold and not clear:
        ((assignment, uuid),) = _rows(CLAIM_AT_ONCE, at | {"holding": list(holding)})
        if assignment is not None:
            return Offer(Answer.PAIR, assignment, uuid)
    with transaction.atomic():
        return _lease_with_care(member, holding, at, gold=gold, clear=clear)


def _lease_with_care(
    member: Member, holding: Collection[UUID], at: dict[str, Any], *, gold: bool, clear: bool
) -> Offer:
    project = member.project
    claim = CLAIM_OF_AUTHOR if lock_member(member) else CLAIM
    live = _rows(LIVE, at)
    held = len(live)
    for assignment, uuid in live:
        if uuid in holding:
            continue
        if _renewed(assignment, project, shown=True):
            return Offer(Answer.PAIR, assignment, uuid)
        held -= 1  # let lapse by somebody at this very moment
    if held >= MOST_LEASES:
        raise TooManyLeases

    if gold and _gold_is_due(member) and (rows := _rows(GOLD, at)):
        return Offer(Answer.PAIR, *rows[0])
    if clear:
        expire(project=project, spare=member)
    if offer := _ahead(claim, at):
        return offer
    if expire(project=project, spare=member) and (offer := _ahead(claim, at)):
        return offer
    return _look_back(claim, at)


def _renewed(assignment: int, project: Project, *, shown: bool = False) -> bool:
    """Let a lease run its full length again; false where it has ended meanwhile."""
    at = {"assignment": assignment, "lease": project.lease_seconds, "project": project.pk}
    rows = _rows(RENEW_AND_SHOW if shown else RENEW, at)
    return bool(rows) and rows[0][0] == AssignmentState.LEASED


def _gold_may_come(project: Project, rng: random.Random) -> bool:
    """Chance, at the project's rate. As gold never follows gold, r / (1 - r) after each other pair makes a share of r."""
    rate = project.gold_rate
    return rate > 0 and rng.random() < rate / (1 - rate)


def _gold_is_due(member: Member) -> bool:
    """Never among the first three, never two running."""
    latest = list(
        Assignment.objects.filter(project_id=member.project_id, member_id=member.pk)
        .order_by("-id")
        .values_list("kind", flat=True)[:GOLD_NEVER_AMONG_THE_FIRST]
    )
    return len(latest) == GOLD_NEVER_AMONG_THE_FIRST and latest[0] != "gold"


def _ahead(claim: str, at: dict[str, Any]) -> Offer | None:
    """The first pair behind the mark. Null where there is none, or where the mark is on its way back.

    Most people find one within a few slots. Who wrote prompts may meet nothing but his own for a million slots, so
    he walks in steps, and the mark with him.
    """
    if claim is CLAIM:
        rows = _rows(CLAIM, at | AHEAD_OF_THE_MARK)
        return Offer(Answer.PAIR, *rows[0]) if rows else None
    if any(walk_to is not None for (walk_to,) in _rows(MARK, at)):
        return None
    for _ in range(WALK_STEPS_A_REQUEST):
        end = _rows(STEP_END, at | {"step": WALK_STEP})
        if rows := _rows(claim, at | AHEAD_OF_THE_MARK | ({"until": end[0][0]} if end else {})):
            return Offer(Answer.PAIR, *rows[0])
        if not end:
            return None
        _rows(MOVE_MARK, at | {"key": end[0][0]})
    return Offer(Answer.LOOKING_FURTHER)


def _look_back(claim: str, at: dict[str, Any]) -> Offer:
    """The end of the queue: go back to the lowest open key once in five minutes, and walk on in bounded steps."""
    mark = _rows(MARK, at)
    if not mark:  # this person never had a place in the queue: it is its beginning
        _rows(NEW_MARK, at)
        return _ahead(claim, at) or Offer(Answer.NOTHING_LEFT)
    walk_to = mark[0][0]
    if walk_to is None:
        back = _rows(GO_BACK, at | {"again": WALK_AGAIN_SECONDS})
        if not back:
            return Offer(Answer.NOTHING_LEFT)
        walk_to = back[0][0]
    for _ in range(WALK_STEPS_A_REQUEST):
        end = _rows(STEP_END, at | {"step": WALK_STEP})
        until = end[0][0] if end else walk_to
        if rows := _rows(claim, at | {"until": until, "walking": True}):
            return Offer(Answer.PAIR, *rows[0])
        _rows(MOVE_MARK, at | {"key": until})
        if until == walk_to:  # back where it stood: from here on it is the ordinary walk again
            return _ahead(claim, at) or Offer(Answer.NOTHING_LEFT)
    return Offer(Answer.LOOKING_FURTHER)


@transaction.atomic
def expire(*, project: Project, most: int = LAPSED_AT_ONCE, spare: Member | None = None) -> int:
    """Give the slots of lapsed leases back to the queue, at most so many; how many leases ended.

    Rows that somebody else has locked are left for the next time. Leases of ``spare``, who is asking for a pair
    and so still at work, are left to him.
    """
    at = {"project": project.pk, "most": most, "spare": spare.pk if spare else 0}
    lapsed = [slot for (slot,) in _rows(LAPSED, at)]
    slots.reopen(project=project, slots=[slot for slot in lapsed if slot is not None])
    return len(lapsed)


def own(*, member: Member, uuid: UUID) -> Assignment:
    """This person's assignment of that id, its row locked.

    Raises
    ------
    NotYours
        It is someone else's, or there is none. The two cannot be told apart.
    """
    rows = _rows(OWN, {"project": member.project_id, "member": member.pk, "uuid": uuid})
    if not rows:
        raise NotYours
    return Assignment.from_db(connection.alias, ASSIGNMENT, rows[0])


@transaction.atomic
def renew(*, member: Member, assignment_uuid: UUID) -> bool:
    """A heartbeat: the lease runs its full length again. False where it has ended.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    return assignment.state == AssignmentState.LEASED and _renewed(assignment.pk, member.project)


@transaction.atomic
def leave(*, member: Member, assignment_uuid: UUID) -> None:
    """The page went away (or is being loaded anew): at most a minute is left, in which coming back finds the pair.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    if assignment.state == AssignmentState.LEASED:
        _rows(LEAVE, {"leaving": LEAVING_SECONDS, "assignment": assignment.pk})


@transaction.atomic
def release(*, member: Member, assignment_uuid: UUID) -> Assignment:
    """Give an unfinished pair back to the queue, where everybody meets it soon.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    if assignment.state != AssignmentState.LEASED:  # released twice, or already submitted: the first word stands
        return assignment
    assignment.state = AssignmentState.RELEASED.value
    assignment.save(update_fields=["state"])
    if assignment.slot_id is not None:
        slots.reopen(project=member.project, slots=[assignment.slot_id])
    return assignment
