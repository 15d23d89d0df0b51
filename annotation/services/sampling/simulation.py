"""Fill a project with simulated annotators' judgements, through the door imports use."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Q

from annotation.models import Annotation, Assignment, Import, Pair, Project, User
from annotation.sampling.presentation import first_on_left_start
from annotation.sampling.simulated import Kind, Simulated, assign, judge
from annotation.services.intake import imports
from annotation.vocabulary import Verdict

DAYS = 24


class PeopleJudgeHere(Exception):
    """The project holds people's judgements: simulated ones are never put beside them."""


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
    """Judge the pairs that wait, in the order of the queue, and gold beside them; the import that carries it.

    The project is marked as simulated, for good. ``strengths`` are the source models' true log-strengths; a model
    without one gets one of an even spread, by its name's place.

    Raises
    ------
    PeopleJudgeHere
        Somebody with an account has judged in this project, or judgements were imported before it was simulated.
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
    said = _say(pairs, project, names, kinds, judgements, strengths, rng)
    if not len(said.pair):
        raise NothingWaits
    if not project.simulated:
        project.simulated = True
        project.save(update_fields=["simulated"])
    # Nobody works on Saturday and Sunday; everybody works in the order of the queue, and meets gold now and then.
    moments = _working_moments(len(said.pair), now, rng)
    is_gold = np.array([pair.gold_verdict is not None for pair in pairs], dtype=bool)[said.pair]
    order = np.where(is_gold, rng.random(len(said.pair)) * len(said.pair), np.arange(len(said.pair)))
    moments = [moments[place] for place in np.argsort(np.argsort(order, kind="stable")).tolist()]
    lines = _lines(pairs, said, names, moments)
    return imports.start(
        project=project,
        stream=io.BytesIO("".join(lines).encode()),
        format="native",
        file_name="simulated.jsonl",
        by=by,
    )


def _waiting(project: Project) -> list[Pair]:
    return list(
        Pair.objects.filter(project=project)
        .select_related("prompt", "first", "second")
        .annotate(wanted=Count("slots", filter=Q(slots__open=True)))
        .filter(Q(wanted__gt=0) | Q(gold_verdict__isnull=False))
        .order_by("batch", "content_hash")
    )


def _say(
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


def _lines(pairs: list[Pair], said: Simulated, names: list[str], moments: list[datetime]) -> Iterable[str]:
    ends = np.searchsorted(said.pair, np.arange(len(pairs) + 1))
    for i, pair in enumerate(pairs):
        rows = range(ends[i], ends[i + 1])
        if rows:
            judgements = [_judgement(said, row, names, moments) for row in rows]
            yield json.dumps(_line(pair) | {"judgements": judgements}, ensure_ascii=False) + "\n"


def _line(pair: Pair) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": pair.external_id,
        "prompt": pair.prompt.content,
        "response_a": {"model": pair.first.source_model, "text": pair.first.content},
        "response_b": {"model": pair.second.source_model, "text": pair.second.content},
    }
    optional = {"language": pair.prompt.language, "tags": pair.prompt.tags, "author": pair.prompt.author_name}
    line |= {key: value for key, value in optional.items() if value}
    if pair.gold_verdict is not None:
        line["gold"] = Verdict(pair.gold_verdict).word
    return line


def _judgement(said: Simulated, row: int, names: list[str], moments: list[datetime]) -> dict[str, Any]:
    return {
        "annotator": names[said.annotator[row]],
        "verdict": Verdict(int(said.verdict[row])).word,
        "shown_first": "a" if said.first_on_left[row] else "b",
        "confidence": float(said.confidence[row]),
        "seconds": float(said.seconds[row]),
        "at": moments[row].isoformat(),
    }
