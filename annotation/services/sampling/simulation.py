"""Fill a project with judgements of simulated annotators, as an import of native lines."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from annotation.formats import native
from annotation.formats.records import JudgementRecord, PairRecord, ResponseRecord, content_of
from annotation.models import Annotation, Assignment, Import, Pair, Project, Slot, User
from annotation.sampling.presentation import first_on_left_start, shown_first
from annotation.sampling.simulated import Kind, Simulated, assign, judge
from annotation.services.intake import imports
from annotation.vocabulary import Verdict

DAYS: Final = 24
"""Days back over which the judgements are spread."""


class PeopleJudgeHere(Exception):
    """The project has people's judgements: simulated ones are never mixed with them."""


class NothingWaits(Exception):
    """No pair of the project wants a judgement that these annotators could give."""


def simulate(
    *,
    project: Project,
    annotators: Mapping[Kind, int],
    judgements: int,
    strengths: Mapping[str, float],
    seed: int,
    now: datetime,
    by: User | None,
) -> Import:
    """Ask for an import of simulated judgements of the waiting pairs, in the order of the queue, and of gold pairs.

    The project is marked as simulated permanently. ``strengths`` are the source models' true log-strengths; a model
    without one gets one from an even spread, by the rank of its name.

    Raises
    ------
    PeopleJudgeHere
        A member with an account has judged in this project, or judgements were imported before it was simulated.
    NothingWaits
        There is nothing to judge. The project is left as it is.
    """
    judged = Assignment.objects.filter(project_id=project.pk, annotation__isnull=False)
    if (judged.filter(member__user__isnull=False) if project.simulated else judged).exists():
        raise PeopleJudgeHere
    pairs = _waiting(project)
    names = [f"{kind.value} {i + 1:02d}" for kind, count in annotators.items() for i in range(count)]
    kinds = [kind for kind, count in annotators.items() for _ in range(count)]
    rng = np.random.default_rng(seed)
    simulated = _judgements(pairs, project, names, kinds, judgements, strengths, rng)
    if not len(simulated.pair):
        raise NothingWaits
    if not project.simulated:
        project.simulated = True
        project.save(update_fields=["simulated"])
    # Nobody works on Saturday and Sunday; everybody works in the order of the queue, and gets gold now and then.
    count = len(simulated.pair)
    moments = _working_moments(count, now, rng)
    is_gold = np.array([pair.gold_verdict is not None for pair in pairs], dtype=bool)[simulated.pair]
    order = np.where(is_gold, rng.random(count) * count, np.arange(count))
    moments = [moments[place] for place in np.argsort(np.argsort(order, kind="stable")).tolist()]
    return imports.start(
        project=project,
        stream=io.BytesIO(b"".join(native.write(_records(pairs, simulated, names, moments)))),
        format=native.NAME,
        file_name="simulated.jsonl",
        by=by,
    )


def _waiting(project: Project) -> list[Pair]:
    # Counted pair by pair: a state in WHERE would lead to all open slots of the project each time (decision 0009).
    slots = Slot.objects.filter(project_id=OuterRef("project_id"), pair_id=OuterRef("pk")).values("pair_id")
    free = slots.annotate(free=Count("pk", filter=Q(open=True))).values("free")
    return list(
        Pair.objects.filter(project=project)
        .select_related("prompt", "first", "second")
        .annotate(wanted=Coalesce(Subquery(free), 0))
        .filter(Q(wanted__gt=0) | Q(gold_verdict__isnull=False))
        .order_by("batch", "content_hash")
    )


def _judgements(
    pairs: list[Pair],
    project: Project,
    names: list[str],
    kinds: list[Kind],
    most: int,
    strengths: Mapping[str, float],
    rng: np.random.Generator,
) -> Simulated:
    place = {pair.pk: i for i, pair in enumerate(pairs)}
    known = {name: i for i, name in enumerate(names)}
    taken = np.zeros((len(pairs), len(names)), dtype=bool)
    for pair_id, name in Annotation.objects.filter(project_id=project.pk).values_list(
        "assignment__pair_id", "assignment__member__name"
    ):
        if pair_id in place and name in known:
            taken[place[pair_id], known[name]] = True
    gold = np.array([-1 if p.gold_verdict is None else p.gold_verdict for p in pairs], dtype=np.int8)
    wanted = np.array([getattr(p, "wanted", 0) for p in pairs], dtype=np.int64)
    wanted = np.where(gold >= 0, len(names), wanted)
    pair, annotator = assign(wanted, taken, rng)
    pair, annotator = pair[:most], annotator[:most]

    models = sorted({p.first.source_model for p in pairs} | {p.second.source_model for p in pairs})
    spread = dict(zip(models, np.linspace(-1, 1, len(models)), strict=True)) | dict(strengths)
    merit = np.array([[spread[p.first.source_model], spread[p.second.source_model]] for p in pairs]).reshape(-1, 2)
    merit = merit + rng.normal(0, 1.3, merit.shape)  # answers of one model differ, too
    start = np.array([first_on_left_start(p.external_id.encode()) for p in pairs], dtype=bool)
    turn = np.arange(len(pair)) - np.searchsorted(pair, pair)  # each pair's judgements alternate sides
    return judge(
        pair=pair,
        annotator=annotator,
        kinds=kinds,
        first=merit[:, 0],
        second=merit[:, 1],
        gold=gold,
        first_on_left=start[pair] ^ (turn % 2 == 1),
        rng=rng,
    )


def _working_moments(count: int, now: datetime, rng: np.random.Generator) -> list[datetime]:
    days = [now - timedelta(days=back) for back in range(DAYS, -1, -1)]
    working = [day for day in days if day.weekday() < 5] or days
    share = np.sort(rng.random(count)) * len(working)
    # The working day runs over eight hours that end, on the last day, now.
    return [
        working[int(position)] - timedelta(hours=8 * (1 - position % 1), seconds=float(rng.integers(60)))
        for position in share.tolist()
    ]


def _records(
    pairs: list[Pair], simulated: Simulated, names: list[str], moments: list[datetime]
) -> Iterator[PairRecord]:
    ends = np.searchsorted(simulated.pair, np.arange(len(pairs) + 1))
    for i, pair in enumerate(pairs):
        rows = range(ends[i], ends[i + 1])
        if rows:
            yield _record(pair, tuple(_judgement(simulated, row, names, moments) for row in rows))


def _record(pair: Pair, judgements: tuple[JudgementRecord, ...]) -> PairRecord:
    first, second = (
        ResponseRecord(response.source_model, content_of(response.content)) for response in (pair.first, pair.second)
    )
    return PairRecord(
        external_id=pair.external_id,
        prompt=content_of(pair.prompt.content),
        first=first,
        second=second,
        language=pair.prompt.language,
        tags=tuple(pair.prompt.tags),
        author=pair.prompt.author_name,
        gold=None if pair.gold_verdict is None else Verdict(pair.gold_verdict),
        judgements=judgements,
    )


def _judgement(simulated: Simulated, row: int, names: list[str], moments: list[datetime]) -> JudgementRecord:
    return JudgementRecord(
        annotator=names[simulated.annotator[row]],
        verdict=Verdict(int(simulated.verdict[row])),
        shown_first=shown_first(bool(simulated.first_on_left[row])),
        confidence=float(simulated.confidence[row]),
        seconds=float(simulated.seconds[row]),
        at=moments[row],
    )
