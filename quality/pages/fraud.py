"""Who seems to answer without reading, in plain words. No queries here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from quality.pages.trust import counted
from quality.stats.fraud.alternatives import FALSE_ALARMS, WATCHED, Alternative, State

WORDS: Final = {
    Alternative.RANDOM: "answers as if at random, whatever the pair",
    Alternative.ALWAYS_LEFT: "chooses the left response, whatever the pair",
    Alternative.ALWAYS_RIGHT: "chooses the right response, whatever the pair",
    Alternative.ALWAYS_LONGER: "chooses the longer response, whichever is better",
    Alternative.ALWAYS_TIE: "says that both are equal, whatever the pair",
    Alternative.REPEATS: "repeats the answer given before, whatever the pair",
    Alternative.TOO_FAST: "answers in far less time than texts of that length take others",
    Alternative.COPIES: "gives the answers that {other} gave before",
}
LABELS: Final = {
    State.ALARM: ("Fraud suspected", "act", "act"),
    State.WATCH: ("Watched for fraud", "watch", "watch"),
    State.CLEAR: ("No sign of fraud", "ok", "good"),
    State.TOO_EARLY: ("Too early to tell", "muted", "wait"),
}
"""Each state's label, tone and icon."""
SHORT: Final = {State.ALARM: "Suspected", State.WATCH: "Watched", State.CLEAR: "None", State.TOO_EARLY: "Too early"}
MOST: Final = 1e6


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run found of one annotator: the state, in a sentence why, and the evidence behind it."""

    state: State
    n: int
    sentence: str
    evidence: str
    alternative: str
    log_ratio: float | None

    @property
    def label(self) -> str:
        return LABELS[self.state][0]

    @property
    def short(self) -> str:
        return SHORT[self.state]

    @property
    def tone(self) -> str:
        return LABELS[self.state][1]

    @property
    def icon(self) -> str:
        return LABELS[self.state][2]

    @property
    def alarms(self) -> bool:
        return self.state is State.ALARM


def findings(content: Mapping[str, Any] | None, names: Mapping[int, str]) -> dict[int, Finding]:
    """Return what a run's part about fraud holds, by annotator's primary key; nothing for runs of before it was stored.

    Parameters
    ----------
    names
        What pages call the annotators, by primary key.
    """
    return {one["member"]: finding(one, names) for one in (content or {}).get("annotators", [])}


def finding(stored: Mapping[str, Any], names: Mapping[int, str]) -> Finding:
    """Return one annotator's finding in words."""
    state, evidence = State(stored["state"]), stored["evidence"]
    if not stored["alternative"]:
        return Finding(state, stored["n"], _nothing(state, stored["n"]), "", "", None)
    other = names.get(evidence.get("other", 0), "somebody who is gone")
    words = WORDS[Alternative(stored["alternative"])].format(other=other)
    now = ratio(evidence["log_ratio"])
    crossed = evidence.get("crossed")
    first = (
        f"After {counted(int(crossed), 'judgement')} that explanation was {ratio(evidence['log_ratio_at_crossing'])} than honest judging; "
        if crossed
        else ""
    )
    why = f"{first}now, after {int(evidence['n']):,}, it is {now}."
    limit = FALSE_ALARMS if state is State.ALARM else WATCHED
    chance = f" Of honest annotators {limit * 100:.0f} in 100 ever get as far, however much they judge."
    return Finding(
        state,
        stored["n"],
        f"Perhaps {words}",
        f"{why[0].upper()}{why[1:]}{chance}",
        stored["alternative"],
        evidence["log_ratio"],
    )


def _nothing(state: State, n: int) -> str:
    if state is State.CLEAR:
        return f"Somebody who answers at random would look different after {counted(n, 'judgement')}"
    return f"{counted(n, 'judgement')} tell too little"


def ratio(log: float) -> str:
    """Return how much likelier an explanation is, by the logarithm of the ratio.

    >>> ratio(math.log(812)), ratio(50.0), ratio(math.log(3.2)), ratio(-1.0)
    ('810 times likelier', 'over a million times likelier', '3 times likelier', 'no likelier')
    """
    if log < math.log(1.5):
        return "no likelier"
    if log > math.log(MOST):
        return "over a million times likelier"
    times = math.exp(log)
    digits = 10 ** max(0, len(str(int(times))) - 2)
    return f"{round(times / digits) * digits:,} times likelier"
