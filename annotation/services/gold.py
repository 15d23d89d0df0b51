"""Gold by hand: mark a pair with the verdict that everybody should find, take that back, retire a pair, bring it back.

Nothing that was judged is lost. A pair that becomes gold wants no further judgement: its slots go, and what was judged or is
held of it is from then on work on gold, which counts. A pair that is no longer gold keeps its judgements, each in a slot, and
wants as many more as the project's pairs do. Figures follow: by the triggers of ``annotation.models.Touched`` within seconds,
and with the next run.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from annotation.models import Annotation, Assignment, Pair, Project, Slot, User
from annotation.sampling.presentation import first_on_left_start
from annotation.services import slots
from annotation.services.access.audit import record
from annotation.services.intake import bulk
from annotation.vocabulary import AssignmentKind, AssignmentState, Retired, Verdict
from common.db.rows import execute, query_value

HELD: Final = (AssignmentState.LEASED.value, AssignmentState.SUBMITTED.value)

EXPOSURE: Final = "SELECT concord_gold_exposure(%(project)s, %(pair)s)"
# Pair by pair, by the index of a pair's assignments; of gold there is little.
APPLY_LIMIT: Final = f"""
UPDATE annotation_pair p SET gold_retired = CASE
  WHEN concord_gold_exposure(p.project_id, p.id) >= %(people)s::int THEN '{Retired.EXPOSED}' ELSE '' END
WHERE p.project_id = %(project)s AND p.gold_verdict IS NOT NULL AND p.gold_retired <> '{Retired.MANAGER}'
"""  # noqa: S608 - words of the vocabulary


class NoSuchPair(Exception):
    """The project has no such pair."""


class NotGold(Exception):
    """The pair is not gold."""


@transaction.atomic
def mark(*, project: Project, pair_id: int, verdict: Verdict, by: User | None, explanation: str = "") -> Pair:
    """Make a pair gold, or give gold another known verdict or explanation.

    What people have judged of it stays, and is scored by the verdict. Leases are kept too: who holds the pair judges it as
    before.

    Raises
    ------
    NoSuchPair
        The project has none.
    """
    pair = _locked(project, pair_id)
    before = pair.gold_verdict
    detail = {"verdict": verdict.word, "before": None if before is None else Verdict(before).word}
    if before is None:
        _without_slots(pair)
        pair.gold_retired = _retired(project, pair)
    pair.gold_verdict, pair.gold_explanation = verdict.value, explanation
    pair.save(update_fields=["gold_verdict", "gold_explanation", "gold_retired"])
    record(project=project, actor=by, action="gold.mark", subject=pair.external_id, detail=detail)
    return pair


@transaction.atomic
def unmark(*, project: Project, pair_id: int, by: User | None) -> Pair:
    """Make gold an ordinary pair again. Each judgement fills a slot, and as many more are open as new pairs have.

    Raises
    ------
    NoSuchPair, NotGold
    """
    pair = _gold(project, pair_id)
    verdict, pair.gold_verdict = pair.gold_verdict, None
    pair.gold_retired = ""
    pair.save(update_fields=["gold_verdict", "gold_retired"])
    _with_slots(pair)
    detail = {"verdict": Verdict(verdict or 0).word}
    record(project=project, actor=by, action="gold.unmark", subject=pair.external_id, detail=detail)
    return pair


@transaction.atomic
def retire(*, project: Project, pair_id: int, by: User | None) -> Pair:
    """Hand a gold pair out no more. Its judgements go on counting.

    Raises
    ------
    NoSuchPair, NotGold
    """
    pair = _gold(project, pair_id)
    if pair.gold_retired != Retired.MANAGER:
        pair.gold_retired = Retired.MANAGER.value
        pair.save(update_fields=["gold_retired"])
        record(project=project, actor=by, action="gold.retire", subject=pair.external_id)
    return pair


@transaction.atomic
def restore(*, project: Project, pair_id: int, by: User | None) -> Pair:
    """Hand out a gold pair again that a manager has retired; one that too many people know stays retired.

    Raises
    ------
    NoSuchPair, NotGold
    """
    pair = _gold(project, pair_id)
    if pair.gold_retired == Retired.MANAGER:
        pair.gold_retired = _retired(project, pair)
        pair.save(update_fields=["gold_retired"])
        record(project=project, actor=by, action="gold.restore", subject=pair.external_id)
    return pair


def apply_limit(*, project: Project) -> None:
    """Retire gold that more people know than the project allows now, and bring back what it retired under another limit."""
    execute(APPLY_LIMIT, {"project": project.pk, "people": project.gold_exposure_limit})


def _locked(project: Project, pair_id: int) -> Pair:
    """Lock a pair, behind the lock of imports and pairing runs: they look at pairs first and store slots later."""
    bulk.hold(project)
    for pair in Pair.objects.select_for_update(no_key=True).filter(project=project, pk=pair_id):
        return pair
    raise NoSuchPair


def _gold(project: Project, pair_id: int) -> Pair:
    pair = _locked(project, pair_id)
    if pair.gold_verdict is None:
        raise NotGold
    return pair


def _retired(project: Project, pair: Pair) -> str:
    limit = project.gold_exposure_limit
    if limit is None:
        return ""
    known_by = query_value(EXPOSURE, {"project": project.pk, "pair": pair.pk})
    return Retired.EXPOSED.value if known_by >= limit else ""


def _assignments(pair: Pair) -> Any:
    return Assignment.objects.filter(project_id=pair.project_id, pair_id=pair.pk)


def _without_slots(pair: Pair) -> None:
    """Take the slots of a pair away, and make the work on it work on gold.

    Assignments are locked before slots, as by late work and releases. A claim that is on its way holds a slot; the lock on
    slots waits for it, and the statement after that sees its assignment.
    """
    list(_assignments(pair).select_for_update().order_by("pk").values_list("pk"))
    list(
        Slot.objects.select_for_update().filter(project_id=pair.project_id, pair=pair).order_by("pk").values_list("pk")
    )
    work = _assignments(pair).filter(kind=AssignmentKind.ORDINARY.value)
    Annotation.objects.filter(assignment__in=list(work.values_list("pk", flat=True)), surplus=True).update(
        surplus=False
    )
    work.update(kind=AssignmentKind.GOLD.value, slot=None)
    Slot.objects.filter(project_id=pair.project_id, pair=pair).delete()


def _with_slots(pair: Pair) -> None:
    """Give each judgement and lease of a pair a slot of its own, and open what the project wants beyond these."""
    work = _assignments(pair).filter(kind=AssignmentKind.GOLD.value)
    work.exclude(state__in=HELD).update(kind=AssignmentKind.ORDINARY.value)
    held = list(work.filter(state__in=HELD).select_for_update().order_by("pk"))
    place = {"project_id": pair.project_id, "pair": pair, "key": 0.0, "open": False}
    start = first_on_left_start(str(pair.pk).encode())
    filled = [Slot(**place, first_on_left=_side(one, start)) for one in held]
    for assignment, slot in zip(held, Slot.objects.bulk_create(filled), strict=True):
        assignment.kind, assignment.slot = AssignmentKind.ORDINARY.value, slot
    Assignment.objects.bulk_update(held, ["kind", "slot"])
    # Those that are open make the two orders of sides even.
    on_left = sum(slot.first_on_left for slot in filled)
    wanted: list[Slot] = []
    for _ in range(pair.project.slots_of_a_new_pair - len(held)):
        rest = len(filled) + len(wanted) - on_left
        side = on_left < rest if on_left != rest else start
        on_left += side
        wanted.append(Slot(**place, first_on_left=side))
    slots.reopen(project=pair.project, slots=[slot.pk for slot in Slot.objects.bulk_create(wanted)])


def _side(assignment: Assignment, start: bool) -> bool:
    return start if assignment.first_on_left is None else assignment.first_on_left
