"""What has changed between the last week and the four before, and who errs more than before. No queries here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from annotation.models import Member
from common.formatting import MINUS, number, share
from common.tables import Column, Table
from quality.models import QualityRun
from quality.pages.parts import TESTS
from quality.pages.tables import about
from quality.pages.trust import counted
from quality.pages.wording import day_name, method, reason

NAMES: Final = {
    "verdicts": "Verdicts given",
    "choices": "What moves choices",
    "languages": "Languages of the pairs",
    "tags": "Tags of the pairs",
    "source_models": "Source models of the pairs",
    "pairs": "Pairs in all",
}
KINDS: Final = {
    "verdicts": "label shift",
    "choices": "concept drift",
    "languages": "covariate shift",
    "tags": "covariate shift",
    "source_models": "covariate shift",
    "pairs": "covariate shift",
}
PARTS: Final = {
    "first": "first is better",
    "second": "second is better",
    "tie": "tie",
    "both_bad": "both bad",
    "left": "the left side",
    "longer": "longer",
    "more_markup": "more markup",
    "length_difference": "difference in length",
    "markup_difference": "difference in markup",
}
NAMED: Final = 3


class Outcome(StrEnum):
    """What a test says."""

    CHANGED = "changed"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test: what it compares, what it says, how far it is from what chance gives, and which parts moved most."""

    name: str
    label: str
    kind: str
    outcome: Outcome
    value: str
    by_chance: str
    p: str
    before: int
    after: int
    parts: str
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An annotator who errs more than before: since when, since when that is known, and how much more."""

    member: Member
    n: int
    since: str
    noticed: str
    before: str
    after: str
    sum: str
    threshold: str
    days: int


@dataclass(frozen=True, slots=True)
class DriftPage:
    """All the page shows."""

    answer: str
    lede: str
    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]
    tests: tuple[TestRow, ...]
    alarms: tuple[Alarm, ...]
    watched: int
    by_chance: str
    false_alarms: str


def drift(content: Mapping[str, Any], named: Mapping[int, Member], *, each: float) -> DriftPage:
    """Return the page of a run's part about drift.

    Parameters
    ----------
    named
        The annotators who are named, by primary key; those who are gone are left out.
    each : float
        Share of annotators who are named though nothing has changed.
    """
    tests = tuple(_test(name, content["tests"][name]) for name in TESTS if name in content["tests"])
    alarms = tuple(_alarms(content["accuracy"]["alarms"], named))
    watched = content["accuracy"]["watched"]
    changed = [test.label.lower() for test in tests if test.outcome is Outcome.CHANGED]
    known = any(test.outcome is not Outcome.UNKNOWN for test in tests)
    return DriftPage(
        answer=_answer(len(changed), len(alarms), known=known or watched > 0),
        lede=_lede(changed, alarms, known=known),
        before=_span(content["before"]),
        after=_span(content["after"]),
        tests=tests,
        alarms=alarms,
        watched=watched,
        by_chance=number(each * watched, 0 if each * watched >= 1 else 1),
        false_alarms=share(content["false_alarms"]),
    )


def _answer(changed: int, alarms: int, *, known: bool) -> str:
    if changed and alarms:
        return "Yes: the data and some annotators."
    if changed:
        return "The data have."
    if alarms:
        return "1 annotator has." if alarms == 1 else f"{alarms:,} annotators have."
    return "Nothing is seen to have." if known else "Too early to tell."


def _lede(changed: Sequence[str], alarms: Sequence[Alarm], *, known: bool) -> str:
    if changed:
        words = f"Other than in the four weeks before: {', '.join(changed)}."
    elif known:
        words = "In the last week pairs, verdicts and what moves choices are as in the four weeks before."
    else:
        words = "A week is compared with the four before, and too little was judged in one of them."
    some = "annotator errs" if len(alarms) == 1 else "annotators err"
    return f"{words} {len(alarms):,} {some} more often than before." if alarms else words


def _span(ends: Sequence[float]) -> tuple[datetime, datetime]:
    return _moment(ends[0]), _moment(ends[1])


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _test(name: str, stored: Mapping[str, Any]) -> TestRow:
    outcome = {True: Outcome.CHANGED, False: Outcome.NOTHING, None: Outcome.UNKNOWN}[stored["changed"]]
    return TestRow(
        name=name,
        label=NAMES[name],
        kind=KINDS[name],
        outcome=outcome,
        value=_written(stored["value"]),
        by_chance=_written(stored["by_chance"]),
        p=_probability(stored["p"]),
        before=stored["before"],
        after=stored["after"],
        parts=", ".join(_moved(stored["change"], signed=name in ("verdicts",))),
        method=method(stored["method"], stored["arguments"]),
        reason=reason(stored["reason"], stored["arguments"]),
    )


def _moved(change: Mapping[str, float], *, signed: bool) -> Iterator[str]:
    """The parts that moved most, in words; differences of shares in points of a hundred."""
    largest = sorted(change.items(), key=lambda part: (-abs(part[1]), part[0]))
    for key, value in largest[:NAMED]:
        if round(value, 3):
            moved = f"{number(value * 100, 1, signed=True)} points" if signed else number(value, 2, signed=True)
            yield f"{_part(key)} {moved}"


def _part(key: str) -> str:
    kind, _, name = key.partition(":")
    return f"{kind.replace('_', ' ')} {name}" if name else PARTS.get(key, key)


def _written(value: float | None) -> str:
    return "–" if value is None else number(value, 3)


def _probability(value: float | None) -> str:
    if value is None:
        return "–"
    return "<\u00a00.001" if value < 0.001 else number(value, 3)


def _alarms(stored: Iterable[Mapping[str, Any]], named: Mapping[int, Member]) -> Iterator[Alarm]:
    """The clearest first: by how far the sum lies above its limit."""
    for one in sorted(stored, key=lambda one: one["threshold"] - one["sum"]):
        if one["member"] in named:
            yield alarm(one, named[one["member"]])


def alarm(stored: Mapping[str, Any], member: Member) -> Alarm:
    """Return one annotator's alarm in words."""
    since, noticed = _moment(stored["since"]), _moment(stored["alarm"])
    return Alarm(
        member=member,
        n=stored["n"],
        since=day_name(since.date()),
        noticed=day_name(noticed.date()),
        before=_points(stored["before"]),
        after=_points(stored["after"]),
        sum=number(stored["sum"], 1),
        threshold=number(stored["threshold"], 1),
        days=(noticed.date() - since.date()).days,
    )


def _points(value: float | None) -> str:
    """Errors beyond what is expected, in points of a hundred.

    >>> _points(0.176), _points(-0.08), _points(None)
    ('18 points more', '8 points fewer', 'not known')
    """
    if value is None:
        return "not known"
    points = round(abs(value) * 100)
    return f"{counted(points, 'point')} {'more' if value > 0 else 'fewer'}" if points else "as many"


def sentence(found: Alarm) -> str:
    """Return an alarm as a sentence, for an annotator's own page."""
    return (
        f"Errs more often since {found.since}: {found.after.replace('more', 'of a hundred more')} than expected, "
        f"before that {found.before}. Seen on {found.noticed} in {counted(found.n, 'judgement')}"
    )


def tests_table(found: DriftPage, run: QualityRun, stored: Mapping[str, Any]) -> Table[TestRow]:
    """Return the tests as files hold them, with the stored numbers."""
    tests = stored["tests"]
    return Table(
        "drift",
        (
            Column("test", lambda row: row.name),
            Column("kind", lambda row: row.kind),
            Column("changed", lambda row: tests[row.name]["changed"]),
            Column("value", lambda row: tests[row.name]["value"]),
            Column("by_chance", lambda row: tests[row.name]["by_chance"]),
            Column("p", lambda row: tests[row.name]["p"]),
            Column("before_n", lambda row: row.before),
            Column("after_n", lambda row: row.after),
            Column("moved_most", lambda row: row.parts.replace(MINUS, "-")),
            Column("method", lambda row: row.method),
            Column("reason", lambda row: row.reason),
        ),
        found.tests,
        about(run) | {"before_from": found.before[0], "before_to": found.before[1], "after_to": found.after[1]},
    )


def alarms_table(stored: Mapping[str, Any], named: Mapping[int, Member], run: QualityRun) -> Table[Mapping[str, Any]]:
    """Return the alarms as files hold them, with the stored numbers."""
    return Table(
        "drifting-annotators",
        (
            Column("annotator", lambda one: named[one["member"]].pseudonym),
            Column("since", lambda one: _moment(one["since"])),
            Column("noticed", lambda one: _moment(one["alarm"])),
            Column("errors_before", lambda one: one["before"]),
            Column("errors_after", lambda one: one["after"]),
            Column("sum", lambda one: one["sum"]),
            Column("threshold", lambda one: one["threshold"]),
            Column("n", lambda one: one["n"]),
        ),
        [one for one in stored["accuracy"]["alarms"] if one["member"] in named],
        about(run),
    )
