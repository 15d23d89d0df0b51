"""What an annotator may see of a pair: the conversation and two responses, left and right, and nothing else.

No source model, no gold, no judgement of others, no primary key: the page cannot reveal what it was never given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotation.models import Member
from annotation.sampling.presentation import shown_word
from annotation.selectors.conversation import Turn, replies, turns
from annotation.vocabulary import AssignmentState, RevisionKind
from common.days import start_of_day
from common.db.rows import parsed, prepared_one


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair with its sides as shown to one annotator. ``prompt`` is the last message, ``earlier`` those before it."""

    uuid: UUID
    earlier: list[Turn]
    prompt: Turn
    a: list[Turn]
    b: list[Turn]
    held: bool
    guidelines_version: int | None
    draft_version: int
    reason: str
    chosen: str
    language: str


@dataclass(frozen=True, slots=True)
class PageOfPair:
    """A pair, and what the page around it shows: how many were judged today, and the newest guidelines."""

    pair: ShownPair
    today: int
    newest_guidelines: int


# Sub-selects, not joins: the fewer tables are joined, the sooner the plan is made, which takes longer than the answer.
# What was typed before an undo is in the revisions: the judgement itself no longer says it.
_PAGE = """
SELECT t.uuid, t.state, t.first_on_left, t.guidelines_version,
  (SELECT content FROM annotation_prompt WHERE id = p.prompt_id),
  (SELECT content FROM annotation_response WHERE id = p.first_id),
  (SELECT content FROM annotation_response WHERE id = p.second_id),
  d.version, d.reason, n.verdict, n.reason,
  (SELECT r.reason FROM annotation_annotationrevision r
   WHERE r.project_id = t.project_id AND r.annotation_id = n.id AND r.kind <> %(withdraw)s
   ORDER BY r.n DESC LIMIT 1),
  CASE WHEN %(counting)s THEN (
    SELECT count(DISTINCT r.annotation_id) FROM annotation_annotationrevision r
    JOIN annotation_annotation s ON s.id = r.annotation_id
    WHERE r.project_id = t.project_id AND r.member_id = t.member_id AND r.kind = %(submit)s AND r.at >= %(morning)s
      AND s.verdict IS NOT NULL) ELSE 0 END,
  (SELECT coalesce(max(g.version), 0) FROM annotation_guidelines g WHERE g.project_id = t.project_id),
  (SELECT language FROM annotation_prompt WHERE id = p.prompt_id)
FROM annotation_assignment t
JOIN annotation_pair p ON p.id = t.pair_id
LEFT JOIN annotation_draft d ON d.assignment_id = t.id
LEFT JOIN annotation_annotation n ON n.assignment_id = t.id
WHERE t.project_id = %(project)s AND t.uuid = %(uuid)s AND t.member_id = %(member)s
"""


def on_page(*, member: Member, uuid: UUID, counting: bool = True) -> PageOfPair | None:
    """Return the pair of a member's assignment with its page, by one query; null where there is no such assignment.

    Without ``counting``, ``today`` is 0: a page that already counts needs only the pair.
    """
    at = {"project": member.project_id, "uuid": uuid, "member": member.pk}
    at |= {"submit": RevisionKind.SUBMIT.value, "withdraw": RevisionKind.WITHDRAW.value}
    morning = start_of_day(timezone.now(), timezone.get_current_timezone())
    row = prepared_one(_PAGE, at | {"counting": counting, "morning": morning})
    return None if row is None else PageOfPair(_shown(row[:12], row[14]), row[12], row[13])


def _shown(row: tuple[Any, ...], language: str) -> ShownPair:
    number, state, first_on_left, guidelines, prompt, first, second, version, draft, verdict, reason, typed = row
    conversation = turns(parsed(prompt)) or [Turn("User", "")]
    left, right = replies(parsed(first)), replies(parsed(second))
    if first_on_left is False:
        left, right = right, left
    judged = verdict is not None
    words = reason if judged else draft
    return ShownPair(
        uuid=number,
        earlier=conversation[:-1],
        prompt=conversation[-1],
        a=left,
        b=right,
        held=state == AssignmentState.LEASED,
        guidelines_version=guidelines,
        draft_version=version or 0,
        reason=words if words is not None else typed or "",
        chosen=shown_word(verdict, first_on_left),
        language=language,
    )
