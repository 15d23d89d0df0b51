"""How long honest people take for texts of a length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import same_length
from quality.stats.posteriors import Floats

LEAST_SPREAD: Final = 0.3
"""Of the logarithm of seconds between people: readers differ by more than a third however few are known."""
_TO_DEVIATION: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Pace:
    """Log seconds are ``level + slope * log(1 + words)``, normal around a person's own level."""

    level: float
    slope: float
    spread: float  # within a person
    spread_of_people: float

    def of(self, seconds: Floats, words: Floats) -> Floats:
        """Return log seconds over those expected; NaN where there is no time, or none above 0.

        >>> Pace(1.0, 0.5, 0.5, 0.4).of(np.array([np.e, 0.0]), np.array([0.0, 10.0])).tolist()
        [0.0, nan]
        """
        known = np.isfinite(seconds) & (seconds > 0)
        found = np.full(len(seconds), np.nan)
        found[known] = np.log(seconds[known]) - self.level - self.slope * np.log1p(words[known])
        return found


def pace(annotator: NDArray[np.integer], seconds: Floats, words: Floats) -> Pace | None:
    """Return the project's pace; null where fewer than three people have a time.

    Medians, of each person and over people, so that some who click through do not set it.

    Parameters
    ----------
    annotator : (M,) int array
    seconds : (M,) float array
        NaN or 0 where unknown.
    words : (M,) float array
        Of what was to be read, in any unit; all 0 where lengths are not known.

    References
    ----------
    van der Linden, W. J. (2006). Journal of Educational and Behavioral Statistics 31, 181-204 (log-normal times).
    """
    same_length(annotator=annotator, seconds=seconds, words=words)
    known = np.isfinite(seconds) & (seconds > 0)
    if not known.any():
        return None
    people, who = np.unique(annotator[known], return_inverse=True)
    if len(people) < 3:
        return None
    log, length = np.log(seconds[known]), np.log1p(words[known])
    own = _medians(who, log, len(people)), _medians(who, length, len(people))
    away, longer = log - own[0][who], length - own[1][who]
    # Clipped, so that a pause does not turn the line; nobody is quicker with more to read.
    wide = 3 * _TO_DEVIATION * float(np.median(np.abs(away)))
    slope = 0.0
    if float(longer @ longer) > 0:
        slope = float(np.clip(longer @ np.clip(away, -wide, wide) / (longer @ longer), 0.0, 1.0))
    rest = log - slope * length
    levels = _medians(who, rest, len(people))
    level = float(np.median(levels))
    return Pace(
        level,
        slope,
        max(_TO_DEVIATION * float(np.median(np.abs(rest - levels[who]))), 0.1),
        max(_TO_DEVIATION * float(np.median(np.abs(levels - level))), LEAST_SPREAD),
    )


def _medians(who: NDArray[np.integer], value: Floats, people: int) -> Floats:
    order = np.lexsort((value, who))
    n = np.bincount(who, minlength=people)
    starts = np.cumsum(n) - n
    return np.asarray((value[order[starts + (n - 1) // 2]] + value[order[starts + n // 2]]) / 2)
