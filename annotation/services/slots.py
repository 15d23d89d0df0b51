"""Pairs and their slots: how many judgements are wanted, and where in the queue they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from annotation.models import Pair, Project, Slot
from annotation.sampling.presentation import first_on_left_start

MOVED_AT_ONCE = 500
STALE_SECONDS = 300

# A few places beyond the furthest mark of the route: the open slot that stands twice as many places ahead as there
# are people at work; where none is left, just beyond the furthest mark. The random crumb keeps keys apart: a person
# whose mark stands on a key never meets another slot of that very key.
AHEAD = """
WITH far AS (
  SELECT coalesce(max(key), 0) AS key FROM annotation_queuemark WHERE project_id = %(project)s AND route = %(route)s),
people AS (
  SELECT count(DISTINCT member_id) AS n FROM annotation_assignment
  WHERE project_id = %(project)s AND state = 'leased'),
ahead AS (
  SELECT s.key FROM annotation_slot s, far
  WHERE s.project_id = %(project)s AND s.route = %(route)s AND s.open AND s.key > far.key
  ORDER BY s.key OFFSET 2 * (SELECT n FROM people) LIMIT 1)
SELECT coalesce((SELECT key FROM ahead), (SELECT key FROM far) + 1e-7)
"""

REOPEN = """
UPDATE annotation_slot SET open = true, reopened_at = clock_timestamp(), key = %(key)s + random() * 1e-7
WHERE id = ANY(%(slots)s) AND NOT open
"""

STALE = """
WITH far AS (
  SELECT route, max(key) AS key FROM annotation_queuemark WHERE project_id = %(project)s GROUP BY route),
stale AS (
  SELECT s.id FROM annotation_slot s JOIN far ON far.route = s.route
  WHERE s.project_id = %(project)s AND s.open AND s.route = %(route)s
    AND s.reopened_at < clock_timestamp() - make_interval(secs => %(seconds)s) AND s.key <= far.key
  ORDER BY s.reopened_at LIMIT %(most)s FOR UPDATE OF s SKIP LOCKED)
UPDATE annotation_slot s SET key = %(key)s + random() * 1e-7, reopened_at = clock_timestamp()
WHERE s.id = ANY (ARRAY(SELECT id FROM stale)) RETURNING s.id
"""


class NoMoreSlots(Exception):
    """The pair is gold, or already has as many slots as a pair may have."""


def key_ahead(*, project: Project, route: int = 0) -> float:
    """A queue key that everybody at work meets soon."""
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, {"project": project.pk, "route": route})
        return float(cursor.fetchone()[0])


def reopen(*, project: Project, slots: Sequence[int], route: int = 0) -> None:
    """Put these slots back into the queue where everybody meets them soon. Inside the caller's transaction."""
    if not slots:
        return
    with connection.cursor() as cursor:
        cursor.execute(REOPEN, {"slots": list(slots), "key": key_ahead(project=project, route=route)})


@transaction.atomic
def move_reopened(*, project: Project, route: int = 0, seconds: int = STALE_SECONDS) -> int:
    """Give slots that were reopened a while ago, and that every mark has passed since, a new key; how many."""
    at: dict[str, Any] = {"project": project.pk, "route": route, "seconds": seconds, "most": MOVED_AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(STALE, at | {"key": key_ahead(project=project, route=route)})
        return int(cursor.rowcount)


@transaction.atomic
def ask_one_more(*, pair: Pair) -> Slot:
    """Want one more judgement of a pair. Its side goes on alternating.

    Raises
    ------
    NoMoreSlots
        The pair is gold, or has a hundred slots.
    """
    Pair.objects.select_for_update().get(pk=pair.pk)
    last = Slot.objects.filter(project_id=pair.project_id, pair=pair).order_by("-id").first()
    count = Slot.objects.filter(project_id=pair.project_id, pair=pair).count()
    if pair.gold_verdict is not None or count >= 100:
        raise NoMoreSlots
    first_on_left = not last.first_on_left if last else first_on_left_start(str(pair.pk).encode())
    slot = Slot.objects.create(project_id=pair.project_id, pair=pair, key=0, open=False, first_on_left=first_on_left)
    reopen(project=pair.project, slots=[slot.pk])
    slot.refresh_from_db()
    return slot
