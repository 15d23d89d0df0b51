"""How far annotators agree with themselves: on probes, pairs that they judged twice, the second time with sides swapped."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict
from quality.stats.arguments import room, same_length, whole
from quality.stats.gold import pooled_share
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.labels import Ints, direction
from quality.stats.methods import Method
from quality.stats.reasons import Reason

_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Probed:
    """The P pairs that somebody judged twice: which, who, and both verdicts in the pair's own order, whichever side was left.

    As the sides were swapped, who names two different responses chose one side twice.
    """

    item: Ints = field(default_factory=_NONE.copy)
    annotator: Ints = field(default_factory=_NONE.copy)
    first: Ints = field(default_factory=_NONE.copy)
    again: Ints = field(default_factory=_NONE.copy)

    def __post_init__(self) -> None:
        for name in ("first", "again"):
            whole(name, getattr(self, name), most=max(Verdict))
        whole("item", self.item)
        whole("annotator", self.annotator)
        same_length(item=self.item, annotator=self.annotator, first=self.first, again=self.again)

    def __len__(self) -> int:
        return len(self.item)

    @property
    def alike(self) -> NDArray[np.bool_]:
        """(P,) whether both verdicts are the same."""
        return np.asarray(self.first == self.again)

    @property
    def sided(self) -> NDArray[np.bool_]:
        """(P,) whether a side was chosen both times."""
        return direction(self.first) & direction(self.again)


def self_consistency(probed: Probed, n_annotators: int) -> list[Estimate]:
    """Return the share of each annotator's probes to which they gave the same verdict again, with Wilson's interval.

    Parameters
    ----------
    n_annotators : int
        R; who was not probed is in the answer, undefined.

    Examples
    --------
    >>> probed = Probed(np.arange(10), np.zeros(10, int), np.zeros(10, int), np.arange(10) // 8)
    >>> e = self_consistency(probed, 2)
    >>> e[0].value, round(e[0].low, 3), round(e[0].high, 3), e[1].reason.value
    (0.8, 0.49, 0.943, 'no_probes')
    """
    return _of_each(probed.annotator, probed.alike, n_annotators)


def same_side_twice(probed: Probed, n_annotators: int) -> list[Estimate]:
    """Return the share of each annotator's probes on which they chose one side twice, of those on which they chose a side twice.

    1 is somebody who goes by the side alone. Who is inconsistent in a way of their own chooses one side as often as another
    error; 0 is somebody whose inconsistencies are ties.

    Examples
    --------
    Who always takes the left names FIRST and then, with sides swapped, SECOND:

    >>> always_left = Probed(np.arange(4), np.zeros(4, int), np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0]))
    >>> same_side_twice(always_left, 1)[0].value
    1.0
    """
    sided = probed.sided
    return _of_each(probed.annotator[sided], ~probed.alike[sided], n_annotators)


def self_consistency_pooled(probed: Probed) -> Estimate:
    """Return the share of all probes to which the same verdict was given again.

    The interval is clustered by pair, as some pairs are hard for everybody, and by annotator too where there are 30 or more.

    Returns
    -------
    Estimate
        ``n`` counts probes. Undefined with none; without an interval for fewer than twenty pairs.

    References
    ----------
    As of :func:`quality.stats.gold.gold_accuracy_pooled`.

    Examples
    --------
    >>> e = self_consistency_pooled(Probed(np.arange(40), np.arange(40) % 4, np.zeros(40, int), np.arange(40) // 36))
    >>> round(e.value, 3), round(e.low, 3), round(e.high, 3)
    (0.9, 0.762, 0.962)
    """
    return pooled_share(probed.alike, probed.item, probed.annotator, without=Reason.NO_PROBES)


def same_side_twice_pooled(probed: Probed) -> Estimate:
    """Return :func:`same_side_twice` of all annotators together, with the interval of :func:`self_consistency_pooled`."""
    sided = probed.sided
    return pooled_share(~probed.alike[sided], probed.item[sided], probed.annotator[sided], without=Reason.NO_PROBES)


def _of_each(annotator: Ints, counted: NDArray[np.bool_], n_annotators: int) -> list[Estimate]:
    room("n_annotators", n_annotators)
    who = whole("annotator", annotator, most=n_annotators - 1)
    n = np.bincount(who, minlength=n_annotators).tolist()
    hits = np.bincount(who[counted], minlength=n_annotators).tolist()
    return [wilson(k, of) if of else undefined(Method.WILSON, Reason.NO_PROBES) for k, of in zip(hits, n, strict=True)]
