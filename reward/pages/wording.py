"""English for the codes and choices of a fit. No queries here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from common.sentences import sentence
from reward.vocabulary import (
    Clusters,
    ComparisonUnit,
    Intervals,
    LeftOut,
    MethodCode,
    NoteCode,
    ReasonCode,
    SamplingUnit,
    Ties,
)

MOST_LISTED: Final = 3
"""Models that a sentence lists before it ends with "and 4 more"."""

TIES: Final[Mapping[str, str]] = {
    Ties.DAVIDSON: "Davidson: ties have a share of their own",
    Ties.HALF: "A tie is half a win to each",
}
"""The choices of the form."""

UNITS: Final[Mapping[str, str]] = {
    ComparisonUnit.JUDGEMENT: "Each judgement",
    ComparisonUnit.MAJORITY: "The majority of each settled pair",
}
"""The choices of the form."""

TIES_IN_METHOD: Final[Mapping[str, str]] = {
    Ties.DAVIDSON: "Davidson ties",
    Ties.HALF: "a tie as half a win to each",
}

UNITS_COUNTED: Final[Mapping[str, str]] = {
    ComparisonUnit.JUDGEMENT: "one for each judgement",
    ComparisonUnit.MAJORITY: "one for each settled pair",
}

INTERVALS: Final[Mapping[str, str]] = {
    Intervals.CLUSTERED: "sandwich intervals clustered by pair, and by annotator from 30 on",
    Intervals.PAIR: "sandwich intervals clustered by pair",
    Intervals.INDEPENDENT: "sandwich intervals, judgements taken as independent",
    Intervals.FISHER: "Fisher intervals",
    Intervals.ANNOTATOR: "sandwich intervals clustered by annotator",
    Intervals.BOOTSTRAP: "bootstrap intervals",
}

CLUSTERS: Final[Mapping[str, str]] = {
    Clusters.PAIR: "sandwich intervals clustered by pair, which hold for the tastes of these annotators",
    Clusters.PAIR_AND_ANNOTATOR: "sandwich intervals clustered by pair and by annotator, whose tastes may differ",
}
"""What clustered intervals turned out to be."""

LEFT_OUT: Final[Mapping[str, str]] = {
    LeftOut.BOTH_BAD: "both bad",
    LeftOut.SELF: "a model against itself",
    LeftOut.WEIGHTLESS: "without weight",
    LeftOut.UNSETTLED: "pairs without a majority",
}

REASONS: Final[Mapping[str, str]] = {
    ReasonCode.NO_COMPARISONS: "no comparisons",
    ReasonCode.UNDEFEATED: "undefeated: won every comparison",
    ReasonCode.WINLESS: "winless: lost every comparison",
    ReasonCode.SEPARATED: "separated: never lost to {never_lost_to}, never beat {never_beat}",
    ReasonCode.ONLY_TIES: "every comparison is a tie",
    ReasonCode.NO_DAVIDSON_ESTIMATE: (
        "no finite Davidson estimate: wins and ties never contradict each other; a tie as half a win has one"
    ),
    ReasonCode.FIT_NOT_CONVERGED: "the fit did not converge, so there is no rating",
    ReasonCode.TOO_FEW_UNITS: "no interval: too few {unit} ({n}) for {models} models",
    ReasonCode.TOO_FEW_ANNOTATORS: "no interval: clustering by annotator needs {needed} annotators, here {n}",
    ReasonCode.LOST_REPLICATES: "no interval: {share:.0%} of the bootstrap replicates have no finite estimate",
    ReasonCode.NOT_CONVERGED: "no interval: the fit did not converge",
    ReasonCode.NO_VARIATION: "no interval: the judgements do not vary",
}

SAMPLING_UNITS: Final[Mapping[str, str]] = {
    SamplingUnit.JUDGEMENTS: "judgements",
    SamplingUnit.PAIRS: "pairs",
    SamplingUnit.ANNOTATORS: "annotators",
}

NOTES: Final[Mapping[str, str]] = {
    NoteCode.SEPARATED_GROUPS: ("separated: ratings compare inside each of these groups and not across them: {groups}"),
}

METHODS: Final[Mapping[str, str]] = {
    MethodCode.BRADLEY_TERRY: "bradley-terry",
}

NO_ANNOTATORS: Final = (
    "A majority is no single annotator’s, so its intervals cannot be by annotator: choose others, or each judgement."
)
METHOD_ARGUMENTS: Final = ("ties", "both_bad", "intervals", "clusters", "level", "ranks", "seed", "replicates")
"""The order in which a method names its arguments: as stored JSON they have none."""


def reason(code: str, arguments: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return why a model has no strength or no interval; empty where there is no code.

    Parameters
    ----------
    names
        What the positions of models in arguments refer to.

    Examples
    --------
    >>> reason("separated", {"never_lost_to": [0, 2, 3, 4], "never_beat": [1]}, ["fox", "owl", "eel", "elk", "ant"])
    'separated: never lost to fox, eel, elk and 1 more, never beat owl'
    """
    if not code:
        return ""
    words = {key: _listed(arguments[key], names) for key in ("never_lost_to", "never_beat") if key in arguments}
    if "unit" in arguments:
        words["unit"] = SAMPLING_UNITS[arguments["unit"]]
    return sentence(REASONS, code, {**arguments, **words})


def note(code: str, arguments: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return a finding about all models of a fit, in words.

    >>> note("separated_groups", {"groups": [[0, 1], [2, 3]]}, ["fox", "owl", "eel", "elk"])
    'separated: ratings compare inside each of these groups and not across them: fox, owl; eel, elk'
    """
    groups = "; ".join(_listed(group, names) for group in arguments.get("groups", []))
    return sentence(NOTES, code, {**arguments, "groups": groups})


def method(code: str, arguments: Mapping[str, Any]) -> str:
    """Return a fit's method with the choices that decide its digits, on one line.

    >>> method("bradley_terry", {"ties": "half", "both_bad": "leave_out", "intervals": "pair", "level": 0.95})
    'bradley-terry ties=half both_bad=leave_out intervals=pair level=0.95'
    """
    given = [name for name in METHOD_ARGUMENTS if name in arguments]
    return " ".join([METHODS[code], *(f"{name}={arguments[name]}" for name in given)])


def intervals(chosen: str, arguments: Mapping[str, Any]) -> str:
    """Return the kind of a fit's intervals; of clustered ones, by what they were clustered, where that is stored.

    Examples
    --------
    >>> intervals("clustered", {"clusters": "pair_and_annotator"})
    'sandwich intervals clustered by pair and by annotator, whose tastes may differ'
    >>> intervals("pair", {})
    'sandwich intervals clustered by pair'
    """
    clusters = arguments.get("clusters")
    return INTERVALS[chosen] if clusters is None else CLUSTERS[clusters]


def as_sentence(words: str) -> str:
    """Return words as a sentence.

    >>> as_sentence("winless: lost every comparison")
    'Winless: lost every comparison.'
    """
    words = words.strip()
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}" if words else ""


def _listed(models: Sequence[int], names: Sequence[str]) -> str:
    shown = ", ".join(names[model] for model in models[:MOST_LISTED])
    return shown if len(models) <= MOST_LISTED else f"{shown} and {len(models) - MOST_LISTED} more"
