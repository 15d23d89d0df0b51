"""Reads: comparisons as columns for the fit, pairs as records for the writers, stored ratings for pages and doors."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from annotation.models import Project
from annotation.selectors import pairs, whole_pairs
from annotation.selectors.judgements import judgements
from annotation.vocabulary import Verdict
from quality.stats.consensus import majority
from quality.stats.labels import item_counts
from reward.datasets.records import UNDECIDED, PairRecord
from reward.datasets.records import Response as ResponseRecord
from reward.models import Rating, RatingRun

if TYPE_CHECKING:
    from reward.fitting import Comparisons

Unit = Literal["judgement", "majority"]


@dataclass(frozen=True, slots=True)
class Compared:
    """Comparisons of a project's source models and who they are; ``unsettled`` pairs have no majority to count."""

    comparisons: Comparisons
    names: list[str]
    unsettled: int
    as_of: datetime


def comparisons(project: Project, *, unit: Unit) -> Compared:
    """What was said of ordinary pairs, by judgement or by the majority of each settled pair. Gold is left out.

    All source models of the project are named, those without a comparison too.
    """
    from reward.fitting import Comparisons  # SciPy comes with it; pages and exports have no use for it

    said = judgements(project)
    ordinary = said.gold < 0
    pair, verdict, annotator = said.pair[ordinary], said.verdict[ordinary], said.annotator[ordinary]
    unsettled = 0
    if unit == "majority":
        counts = item_counts(pair, verdict, len(said.pair_ids), len(Verdict))
        judged = counts.sum(axis=1) > 0
        complete = pairs.complete(project, said.pair_ids)
        leading = np.where(complete, majority(counts), UNDECIDED)
        unsettled = int((judged & (leading < 0)).sum())
        pair = np.flatnonzero(leading >= 0)
        verdict = leading[pair].astype(np.int8)
        annotator = np.zeros(len(pair), dtype=np.int32)
    of_pair, names = pairs.source_models(project, said.pair_ids)
    return Compared(
        Comparisons.of(of_pair[pair, 0], of_pair[pair, 1], verdict, len(names), cluster=pair, annotator=annotator),
        names,
        unsettled,
        said.as_of,
    )


def records(
    project: Project, *, with_judgements: bool = True, conversations_only: bool = False
) -> Generator[PairRecord, None, None]:
    """Every pair of a project in the order it came, one at a time from a server-side cursor.

    With ``conversations_only`` those alone of which a part is no plain text. Must be read inside a transaction, which gives one snapshot of everything.
    """
    for pair in whole_pairs.stream(project, conversations_only=conversations_only):
        yield _record(pair, with_judgements=with_judgements)


def _record(pair: whole_pairs.WholePair, *, with_judgements: bool) -> PairRecord:
    consensus = UNDECIDED
    if pair.complete and pair.judgements:
        counts = np.bincount([judgement.verdict for judgement in pair.judgements], minlength=len(Verdict))
        consensus = int(majority(counts[None, :].astype(np.int64))[0])
    return PairRecord(
        external_id=pair.external_id,
        prompt=pair.prompt,
        first=ResponseRecord(pair.first_model, pair.first),
        second=ResponseRecord(pair.second_model, pair.second),
        language=pair.language,
        tags=pair.tags,
        author=pair.author,
        gold=None if pair.gold is None else pair.gold.word,
        consensus=consensus,
        settled=consensus != UNDECIDED,
        judgements=[_judgement(judgement) for judgement in pair.judgements] if with_judgements else (),
    )


def _judgement(judgement: whole_pairs.Judgement) -> dict[str, Any]:
    left = judgement.first_on_left
    return {
        "annotator": judgement.annotator,
        "verdict": Verdict(judgement.verdict).word,
        "shown_first": None if left is None else ("a" if left else "b"),
        "strength": judgement.strength,
        "confidence": judgement.confidence,
        "reason": judgement.reason,
        "seconds": judgement.seconds,
        "at": judgement.at,
    }


def latest_run(project: Project) -> RatingRun | None:
    """The newest stored fit."""
    return RatingRun.objects.filter(project=project).order_by("-id").first()


def report(run: RatingRun) -> dict[str, Any]:
    """A stored fit as plain values, in the shape ``fit_ratings --json`` promises; strongest first, unrated last."""
    models = Rating.objects.filter(project_id=run.project_id, run=run)
    keys = ("name", "component", "theta", "theta_low", "theta_high", "reason", "rating", "low", "high", "n")
    rows = [
        {key: getattr(model, key) for key in (*keys, "rank_low", "rank_high")}
        for model in sorted(models, key=lambda m: (m.theta is None, m.component or 0, -(m.theta or 0), m.name))
    ]
    return {
        "project": run.project.slug,
        "as_of": run.as_of.isoformat(),
        "computed_at": run.computed_at.isoformat(),
        "code_version": run.code_version,
        "method": run.method,
        "ties": run.ties,
        "unit": run.unit,
        "intervals": run.intervals,
        "converged": run.converged,
        "iterations": run.iterations,
        "components": run.components,
        "models": rows,
        "log_likelihood": run.log_likelihood,
        "nu": run.nu,
        "n_comparisons": run.n_comparisons,
        "left_out": run.left_out,
    }
