"""A project's rules in words: to those who run it with all the evidence, to the person with their own figures alone.

A person is told a figure as it was when the step was taken, over many pairs, and never a running one: from a number that
changes with one answer they could tell which pair had a known answer. Nothing names another person or their verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from annotation.models import Project
from annotation.vocabulary import MemberState
from common.formatting import Measure, Unit, number, share, show
from common.tables import Column, Table, Value
from quality.models import ActionState, RuleAction
from quality.selectors.rules import Proposals, Settings
from quality.stats.fraud.alternatives import Alternative
from quality.stats.rules import Ground, Limit, Rule, Step, needed

NAMES: Final = {
    Rule.FRAUD: "Answers without reading",
    Rule.GOLD: "Known answers",
    Rule.AGREEMENT: "Agreement with others",
    Rule.PACE: "Time on a pair",
}
EXPLAINED: Final = {
    Rule.FRAUD: "A sequential test of each person’s verdicts against what careful people of the project do: at random, always one side, always the longer one, copied, too fast.",
    Rule.GOLD: "The share of gold that they answer as its known verdict says; the upper limit of Wilson’s interval counts.",
    Rule.AGREEMENT: "Cohen’s κ with everybody who judged the same pairs; the upper limit counts. Nobody whose known answers are surely good enough is named for it.",
    Rule.PACE: "The median of their seconds on a pair; the upper limit counts.",
}
UNITS: Final = {Rule.FRAUD: "%", Rule.GOLD: "%", Rule.AGREEMENT: "κ", Rule.PACE: "seconds"}
COUNTED: Final = {
    Rule.FRAUD: "judgements",
    Rule.GOLD: "gold judgements",
    Rule.AGREEMENT: "judgements of others",
    Rule.PACE: "judgements with a time",
}
STEPS: Final = {Step.PROBATION: "Probation", Step.PAUSE: "Pause", Step.END: "End of probation"}
STATES: Final = {
    ActionState.HELD: "waits for a manager",
    ActionState.DONE: "done",
    ActionState.UNDONE: "undone",
    ActionState.DISMISSED: "refused",
}
PATTERNS: Final = {
    Alternative.RANDOM: "at random",
    Alternative.ALWAYS_LEFT: "always the left response",
    Alternative.ALWAYS_RIGHT: "always the right response",
    Alternative.ALWAYS_LONGER: "always the longer response",
    Alternative.ALWAYS_TIE: "always a tie",
    Alternative.REPEATS: "always as the time before",
    Alternative.TOO_FAST: "faster than anybody reads",
    Alternative.COPIES: "copied from another person",
}
TOLD_PATTERNS: Final = {
    Alternative.ALWAYS_LEFT: "as if the left response had been chosen every time",
    Alternative.ALWAYS_RIGHT: "as if the right response had been chosen every time",
    Alternative.ALWAYS_LONGER: "as if the longer response had been chosen every time",
    Alternative.ALWAYS_TIE: "as if a tie had been chosen every time",
    Alternative.REPEATS: "as if the answer before had been given again every time",
    Alternative.TOO_FAST: "given faster than two responses can be read",
}
"""What a person is told of their own pattern. Of the others only that there is one."""
DID: Final = {
    "undo": "Undone. They stand as before, and only new judgements count for further steps.",
    "confirm": "Done, as the rule proposed.",
    "dismiss": "Refused. Only new judgements count for further steps.",
    "answer": "Answered. They read it on their own page.",
    "answer_and_undo": "Answered and undone. They read it on their own page.",
}
REFUSED: Final = {
    "Overtaken": "Somebody else did something about it since. This is how it stands now.",
    "Empty": "Write something first, in at most 20,000 characters.",
    "AppealedBefore": "You have answered this already.",
    "NotYours": "There is nothing to answer.",
}


def limit_text(rule: Rule, threshold: float) -> str:
    """Return a threshold as pages write it.

    >>> limit_text(Rule.GOLD, 0.7), limit_text(Rule.FRAUD, 0.001), limit_text(Rule.PACE, 2.0)
    ('70\xa0%', '0.1\xa0%', '2\xa0s')
    """
    if rule is Rule.GOLD:
        return share(threshold)
    if rule is Rule.FRAUD:
        return f"{threshold * 100:g}\u00a0%"
    return f"{threshold:g}\u00a0s" if rule is Rule.PACE else f"{threshold:g}"


def figure_text(rule: Rule, evidence: Mapping[str, Any]) -> str:
    """Return what was measured, with its interval.

    >>> figure_text(Rule.GOLD, {"value": 0.4, "low": 0.22, "high": 0.61, "n": 20})
    '40\xa0% (22–61)'
    """
    if evidence["value"] is None:
        return "–"
    if rule is Rule.FRAUD:
        return f"{number(evidence['value'], 1)} nats"
    unit = {Rule.GOLD: Unit.PERCENT, Rule.AGREEMENT: Unit.RATIO, Rule.PACE: Unit.SECONDS}[rule]
    return show(Measure(evidence["value"], evidence["low"], evidence["high"], evidence["n"]), unit).text


def reason(rule: Rule, ground: Ground, evidence: Mapping[str, Any]) -> str:
    """Return why a step was taken, to those who run the project."""
    measured, limit, n = figure_text(rule, evidence), limit_text(rule, evidence["threshold"]), f"{evidence['n']:,}"
    over = f"over {n} {COUNTED[rule]}"
    if ground is Ground.SWITCHED_OFF:
        return f"The rule “{NAMES[rule]}” is not used any more."
    if rule is Rule.FRAUD:
        if ground is Ground.BELOW:
            pattern = PATTERNS.get(evidence["alternative"], evidence["alternative"])
            return (
                f"Answers look {pattern}: log likelihood ratio {measured}, needed {number(needed(evidence['threshold']), 1)}, "
                f"which careful people ever reach in {limit} of cases; {over}."
            )
        return f"Nothing speaks for answers without reading, {over}."
    what = {
        Rule.GOLD: "Known answers right",
        Rule.AGREEMENT: "Cohen’s κ with all others",
        Rule.PACE: "Median seconds on a pair",
    }[rule]
    ends = {Ground.BELOW: f"surely below {limit}", Ground.ABOVE: f"surely not below {limit}"}.get(
        ground, f"not surely below {limit}"
    )
    return f"{what}: {measured}, {ends}, {over}."


def told_reason(rule: Rule, ground: Ground, evidence: Mapping[str, Any]) -> str:
    """Return why a step was taken, to the person: their own figure, and nothing of any pair or of anybody else."""
    limit, n = limit_text(rule, evidence["threshold"]), f"{evidence['n']:,}"
    if ground is not Ground.BELOW:
        return "What you judged since was measured again, and the reason for the probation is gone."
    if rule is Rule.FRAUD:
        pattern = TOLD_PATTERNS.get(evidence["alternative"], "as answers look that do not depend on the pair")
        return (
            f"The verdicts of {n} of your judgements look {pattern}. For people who read and compare this is very rare."
        )
    between = _between(rule, evidence)
    if rule is Rule.GOLD:
        return f"Of {n} of your answers that could be checked, {share(evidence['value'])} were right{between}. The project asks for {limit}."
    if rule is Rule.AGREEMENT:
        return f"Compared with other people’s {n} judgements of the same pairs, you agree by {number(evidence['value'], 2)} more than by chance, where 1 is always{between}. The project asks for {limit}."
    return f"Half of {n} of your judgements took less than {number(evidence['value'], 1)} seconds{between}. The project asks for {limit}."


def _between(rule: Rule, evidence: Mapping[str, Any]) -> str:
    low, high = evidence["low"], evidence["high"]
    if low is None or high is None:
        return ""
    ends = (
        [number(100 * end, 0) for end in (low, high)] if rule is Rule.GOLD else [number(end, 1 if rule is Rule.PACE else 2) for end in (low, high)]
    )  # fmt: skip
    return f" (between {ends[0]} and {ends[1]}{' %' if rule is Rule.GOLD else ''}, allowing for chance)"


NEXT: Final = {
    Step.PROBATION: "You go on judging, and everything you judge counts. For a while more of your answers are checked. If these are good, the probation ends by itself; if not, your work on this project is paused.",
    Step.PAUSE: "You receive no more pairs for now. Everything you have judged stays and counts. Answer below if you think this is wrong, or to say what helps; a manager of the project reads it and answers here. After a pause you go on as on probation.",
    Step.END: "You go on as before.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An action as pages show it. ``sentence`` is its reason, ``undo`` whether it can be taken back."""

    action: RuleAction
    step: str
    rule: str
    sentence: str
    state: str
    undo: bool
    held: bool

    @property
    def asks(self) -> bool:
        """Whether an appeal waits for an answer."""
        appeal = getattr(self.action, "appeal", None)
        return appeal is not None and appeal.answered_at is None


def entries(actions: Iterable[RuleAction], standing: Mapping[int, int]) -> list[Entry]:
    """Return actions for those who run the project. ``standing`` is, by member, the newest action that stands."""
    return [entry(action, undo=standing.get(action.member_id) == action.pk) for action in actions]


def history(actions: Sequence[RuleAction]) -> list[Entry]:
    """Return what rules did about one person, the newest first: the first that stands among them is their newest."""
    standing = next((action for action in actions if action.state == ActionState.DONE), None)
    return entries(actions, {} if standing is None else {standing.member_id: standing.pk})


def entry(action: RuleAction, *, undo: bool) -> Entry:
    """Return one of them."""
    return Entry(
        action,
        STEPS[Step(action.step)],
        NAMES[Rule(action.rule)],
        reason(Rule(action.rule), Ground(action.ground), action.evidence),
        STATES[ActionState(action.state)],
        undo and action.step != Step.END and action.state == ActionState.DONE,
        action.state == ActionState.HELD,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """An action as the person reads it."""

    action: RuleAction
    head: str
    sentence: str
    follows: str
    answers: bool


def told(actions: Sequence[RuleAction]) -> list[Told]:
    """Return actions for the person."""
    heads = {Step.PROBATION: "Probation", Step.PAUSE: "Your work was paused", Step.END: "The probation ended"}
    found = []
    for at, action in enumerate(actions):
        step, undone = Step(action.step), action.state == ActionState.UNDONE
        follows = "A manager has taken this back." if undone else NEXT[step] if at == 0 else ""
        found.append(
            Told(
                action,
                heads[step],
                told_reason(Rule(action.rule), Ground(action.ground), action.evidence),
                follows,
                step is not Step.END and not hasattr(action, "appeal"),
            )
        )
    return found


def standing_answer(state: str, *, probation: bool, actions: Sequence[RuleAction]) -> str:
    """Return how a person stands, in one sentence."""
    if state == MemberState.PAUSED:
        return "Your work on this project is paused."
    if probation:
        return "You are on probation."
    return "You judge as before." if actions else "Nothing was measured that needs an answer."


@dataclass(frozen=True, slots=True)
class Would:
    """What the rules would do about somebody."""

    number: int
    pseudonym: str
    step: str
    rule: str
    sentence: str


def would(found: Proposals) -> list[Would]:
    """Return what the rules would do, as the preview shows it."""
    return [
        Would(
            one.known.member.number,
            one.known.member.pseudonym,
            STEPS[one.decision.step],
            NAMES[one.decision.rule],
            reason(one.decision.rule, one.decision.ground, one.evidence),
        )
        for one in found.steps
    ]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One rule of the settings in words."""

    name: str
    explained: str
    on: bool
    words: str


def limit_rows(settings: Settings) -> list[LimitRow]:
    """Return the rules in words."""
    return [
        LimitRow(NAMES[rule], EXPLAINED[rule], limit.on, _words(rule, limit)) for rule, limit in settings.limits.items()
    ]


def _words(rule: Rule, limit: Limit) -> str:
    at = limit_text(rule, limit.threshold)
    how = f"of careful people at most {at} are ever named" if rule is Rule.FRAUD else f"surely below {at}"
    return f"{how}; from {limit.least:,} {COUNTED[rule]}"


def answer(settings: Settings, waiting: int) -> str:
    """Return what the rules do, in one sentence."""
    if waiting:
        return "1 thing waits for you." if waiting == 1 else f"{waiting:,} things wait for you."
    if not settings.on:
        return "The rules are off. Nothing happens by itself."
    n = sum(limit.on for limit in settings.limits.values())
    return "One rule acts by itself." if n == 1 else f"{n} rules act by themselves." if n else "No rule is in use."


def as_table(actions: Iterable[RuleAction], project: Project) -> Table[RuleAction]:
    """Return the log as a table."""

    def of(name: str) -> Callable[[RuleAction], Value]:
        return lambda action: action.evidence[name]

    return Table(
        "rules",
        (
            Column("action", lambda action: action.pk),
            Column("at", lambda action: action.at),
            Column("annotator", lambda action: action.member.pseudonym),
            Column("step", lambda action: action.step),
            Column("rule", lambda action: action.rule),
            Column("ground", lambda action: action.ground),
            Column("state", lambda action: action.state),
            *(
                Column(name, of(name))
                for name in ("value", "low", "high", "n", "threshold", "least", "since", "alternative")
            ),
            Column("rules_version", lambda action: action.rules.version),
            Column("run", lambda action: action.run_id),
            Column("as_of", lambda action: action.as_of),
            Column("decided_at", lambda action: action.decided_at),
            Column("appealed_at", lambda action: action.appeal.at if hasattr(action, "appeal") else None),
            Column("answered_at", lambda action: action.appeal.answered_at if hasattr(action, "appeal") else None),
        ),
        actions,
        {"project": project.slug},
    )


def proposed(found: Proposals) -> list[dict[str, Any]]:
    """Return what the rules would do, as the API gives it."""
    return [
        {
            "annotator": one.known.member.name,
            "step": one.decision.step.value,
            "rule": one.decision.rule.value,
            "reason": reason(one.decision.rule, one.decision.ground, one.evidence),
        }
        for one in found.steps
    ]


def described(action: RuleAction) -> dict[str, Any]:
    """Return an action as the API gives it."""
    appeal = getattr(action, "appeal", None)
    return {
        **{"id": action.pk, "at": action.at, "annotator": action.member.name},
        **{"step": action.step, "rule": action.rule, "ground": action.ground, "state": action.state},
        "reason": reason(Rule(action.rule), Ground(action.ground), action.evidence),
        "evidence": action.evidence,
        "revision": action.rules.version,
        "as_of": action.as_of,
        "decided_at": action.decided_at,
        "appeal": appeal.text if appeal else "",
        "answer": appeal.answer if appeal else "",
    }
