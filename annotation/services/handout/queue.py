"""A member's walk along the queue: the claim, and the mark that goes back once nothing is left beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

from annotation.models import Member
from annotation.services.handout.offer import Answer, Offer
from annotation.vocabulary import AssignmentState
from common.db.rows import execute, query, query_one

HELD = [state.value for state in (AssignmentState.LEASED, AssignmentState.SUBMITTED, AssignmentState.SKIPPED)]
WALK_STEP = 20_000
WALK_STEPS_A_REQUEST = 5
WALK_AGAIN_SECONDS = 300

CLAIM = """
SELECT id, uuid FROM concord_claim(%(project)s, %(member)s, %(route)s, %(lease)s, %(until)s, %(walking)s, %(author)s)
"""

# The mark steps just before the lowest open key, so that this key is passed again.
GO_BACK = """
UPDATE annotation_queuemark m SET went_back_at = concord_clock(), walk_to = m.key, key = low.key - 1e-9
FROM (SELECT key FROM annotation_slot
      WHERE project_id = %(project)s AND route = %(route)s AND open ORDER BY key LIMIT 1) low
WHERE m.project_id = %(project)s AND m.member_id = %(member)s AND m.route = %(route)s AND low.key <= m.key
  AND (m.went_back_at IS NULL OR m.went_back_at < concord_clock() - make_interval(secs => %(again)s))
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

# What concord_claim would look for, without a lock.
SEES = """
SELECT true FROM annotation_slot s
WHERE s.project_id = %(project)s AND s.route = %(route)s AND s.open
  AND s.key > (SELECT key FROM annotation_queuemark
               WHERE project_id = %(project)s AND member_id = %(member)s AND route = %(route)s)
  AND s.key <= %(until)s
  AND (SELECT true FROM annotation_assignment t
       WHERE t.project_id = s.project_id AND t.member_id = %(member)s AND t.pair_id = s.pair_id
         AND t.state = ANY(%(held)s) LIMIT 1) IS NULL
  AND (SELECT q.author_id FROM annotation_pair p JOIN annotation_prompt q ON q.id = p.prompt_id
       WHERE p.id = s.pair_id) IS DISTINCT FROM %(member)s
ORDER BY s.key LIMIT 1
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


@dataclass(frozen=True, slots=True)
class Walk:
    """One member's walk along one route. Inside a transaction that holds the member's lock."""

    member: Member
    route: int
    author: bool
    """The member wrote prompts, whose pairs they are never handed."""

    def ahead(self) -> Offer | None:
        """Claim the first pair beyond the mark. Null where there is none, or where the mark is on its way back.

        Most members find one within a few slots. Authors may have to skip up to a million of their own slots, so
        they walk in steps, and the mark with them.
        """
        if not self.author:
            return self._claim()
        mark = query_one(MARK, self._at())
        if mark is not None and mark[0] is not None:
            return None
        for _ in range(WALK_STEPS_A_REQUEST):
            end = self._step_end()
            if offer := self._claim(until=inf if end is None else end):
                return offer
            if end is None:
                return None
            self._move_mark(end)
        return Offer(Answer.LOOKING_FURTHER)

    def sees_more(self) -> bool:
        """Return whether a pair that the member may have is ahead, within a step; nothing is claimed."""
        end = self._step_end() if self.author else None
        until = inf if end is None else end
        return query_one(SEES, self._at() | {"until": until, "held": HELD}) is not None

    def back(self) -> Offer:
        """Go back to the lowest open key, once in five minutes, and walk on from there in bounded steps."""
        mark = query_one(MARK, self._at())
        if mark is None:  # a member without a mark starts at the beginning of the queue
            execute(NEW_MARK, self._at())
            return self.ahead() or Offer(Answer.NOTHING_LEFT)
        (walk_to,) = mark
        if walk_to is None:
            went = query_one(GO_BACK, self._at() | {"again": WALK_AGAIN_SECONDS})
            if went is None:
                return Offer(Answer.NOTHING_LEFT)
            (walk_to,) = went
        for _ in range(WALK_STEPS_A_REQUEST):
            end = self._step_end()
            until = walk_to if end is None else end
            if offer := self._claim(until=until, walking=True):
                return offer
            self._move_mark(until)
            if until == walk_to:  # where the mark was before it went back: from here on it is the ordinary walk
                return self.ahead() or Offer(Answer.NOTHING_LEFT)
        return Offer(Answer.LOOKING_FURTHER)

    def _at(self) -> dict[str, Any]:
        return {"project": self.member.project_id, "member": self.member.pk, "route": self.route}

    def _claim(self, *, until: float = inf, walking: bool = False) -> Offer | None:
        at = {"lease": self.member.project.lease_seconds, "until": until, "walking": walking, "author": self.author}
        ((assignment, uuid),) = query(CLAIM, self._at() | at)
        return None if assignment is None else Offer(Answer.PAIR, assignment, uuid)

    def _step_end(self) -> float | None:
        """The key at which this step ends; null where fewer slots than a step are left."""
        end = query_one(STEP_END, self._at() | {"step": WALK_STEP})
        return None if end is None else end[0]

    def _move_mark(self, key: float) -> None:
        execute(MOVE_MARK, self._at() | {"key": key})
