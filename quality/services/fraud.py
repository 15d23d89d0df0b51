"""Who seems to answer without reading: what a run finds of everybody, and how it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.selectors.judgements import Judgements
from annotation.vocabulary import Verdict
from quality.statistics import Judged
from quality.stats.fraud.examination import Examination, Finding, examine
from quality.stats.fraud.honest import UNKNOWN
from quality.stats.fraud.pace import Pace, pace
from quality.stats.posteriors import Floats
from quality.stats.reliability.result import Fit


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What a run found, and how long honest people take; null where no time is known."""

    examination: Examination
    pace: Pace | None


def sides(left: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return which response stood on the left, from whether the first one did."""
    return np.where(left < 0, UNKNOWN, 1 - left).astype(np.int8)


def longer(differences: Floats) -> NDArray[np.int8]:
    """Return which response is longer, by the logarithms of the first's length over the second's."""
    return np.select([differences > 0, differences < 0], [Verdict.FIRST, Verdict.SECOND], UNKNOWN).astype(np.int8)


def examined(given: Judgements, judged: Judged) -> Examined | None:
    """Return what each annotator's judgements, in the order in which they were given, say.

    Null where nothing is known of the annotators.
    """
    fit = judged.fit
    if not fit.defined:
        return None
    order = np.argsort(given.at, kind="stable")
    seconds, words = given.seconds[order], np.zeros(len(given))
    usual = pace(given.annotator[order], seconds, words)
    found = examine(
        given.pair[order],
        given.annotator[order],
        given.verdict[order],
        fit.prior,
        fit.confusion,
        left=sides(given.left)[order],
        longer=longer(judged.differences[order, 0]),
        known=given.gold[order],
        pace=None if usual is None else (usual, seconds, words),
    )
    return Examined(found, usual)


def stated(one: Finding, member_ids: Sequence[int]) -> dict[str, Any]:
    """Return a finding as it is stored: ``state``, ``alternative`` and ``evidence``, in which members are primary keys."""
    evidence = dict(one.arguments)
    if "other" in evidence:
        evidence["other"] = int(member_ids[int(evidence["other"])])
    return {
        "state": one.state.value,
        "alternative": "" if one.alternative is None else one.alternative.value,
        "evidence": evidence,
    }


def part(given: Judgements, fit: Fit, found: Examined | None) -> dict[str, Any]:
    """Return the part of a run: the state of each annotator.

    Where nothing is known of the annotators, ``reason`` says why, as of reliability.
    """
    findings = () if found is None else found.examination.findings()
    return {
        "reason": str(fit.reason or ""),
        "arguments": dict(fit.arguments),
        "annotators": [
            {"member": member, "n": one.n, **stated(one, given.member_ids)}
            for member, one in zip(given.member_ids, findings, strict=False)
        ],
    }
