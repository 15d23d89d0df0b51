"""The judgements of a run that are most likely wrong, and what their pairs look like now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.models import Member, Pair
from annotation.selectors import adjudications, members
from annotation.selectors.adjudications import Given
from quality.models import Figure, Part, QualityRun
from quality.selectors.figures import StoredFigure, figure_rows


@dataclass(frozen=True, slots=True)
class Found:
    """A judgement as the run stored it, with its pair, its annotator, and everybody's judgements of the pair as of now."""

    stored: Mapping[str, Any]
    pair: Pair
    member: Member
    given: Sequence[Given]


@dataclass(frozen=True, slots=True)
class StoredNoise:
    """The part of a run about label noise, and the share of judgements that are probably wrong."""

    content: Mapping[str, Any]
    share: StoredFigure | None


def noise(run: QualityRun) -> StoredNoise | None:
    """Return what a run found of label noise; null for runs of before that was stored. Two queries."""
    part = Part.objects.filter(project_id=run.project_id, run=run, name="noise").first()
    if part is None:
        return None
    rows = Figure.objects.filter(
        project_id=run.project_id, run=run, name="label_noise", member__isnull=True, of_gold=False
    )
    return StoredNoise(part.content, next(iter(figure_rows(rows)), None))


def suspects(run: QualityRun, listed: Sequence[Mapping[str, Any]]) -> list[Found]:
    """Return some of a run's suspects whose pair and annotator are still there, in their order. Three queries."""
    keys = {one["pair"] for one in listed}
    pairs = adjudications.with_texts(run.project, keys)
    judged = {
        member.pk: member for member in members.of_keys(project_id=run.project_id, keys={o["member"] for o in listed})
    }
    given = adjudications.judgements(run.project, keys)
    return [
        Found(one, pairs[one["pair"]], judged[one["member"]], given.get(one["pair"], []))
        for one in listed
        if one["pair"] in pairs and one["member"] in judged
    ]
