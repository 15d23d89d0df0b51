"""What became of an import as a whole, in words. No queries here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Import
from annotation.pages import jobs
from annotation.selectors.imports import Reason
from annotation.vocabulary import JobState

MOST_CHIPS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, and what follows from it."""

    answer: str
    lede: str


def lines(run: Import) -> int:
    """Lines that are in one of the three: accepted, unchanged, quarantined."""
    return run.accepted + run.unchanged + run.quarantined


def answer(run: Import) -> Answer:
    """Return whether everything was stored, and what is left to do."""
    total, job = lines(run), run.job
    if job.state in {JobState.FAILED, JobState.PARKED}:
        so_far = f" {total:,} lines were in by then, and stay." if total else ""
        return Answer("No. The file could not be read to its end.", f"{jobs.message(job)}{so_far}")
    if job.state == JobState.QUEUED:
        return Answer("Not yet. It waits for a worker.", "You can leave this page; the import goes on without it.")
    if job.state == JobState.RUNNING:
        of = f" of {job.total:,}" if job.total else ""
        return Answer(
            f"Reading. {run.lines_done:,}{of} lines so far.", "You can leave this page; the import goes on without it."
        )
    if total == 0:
        return Answer("There was nothing in it.", "The file has no line that is not blank.")
    rest = total - run.quarantined
    if run.quarantined == 0:
        if run.accepted == 0:
            return Answer("Yes, and nothing was new.", f"All {_lines(total)} were here already, word for word.")
        return Answer("Yes. Everything is in.", f"{_new(run)}.")
    if rest == 0:
        return Answer(
            f"No. {_all(total)} of it could be used.",
            "The reasons are listed below. Fix the file and upload it again.",
        )
    need = "lines needs" if run.quarantined == 1 else "lines need"
    those = "the line" if run.quarantined == 1 else f"the {run.quarantined:,} lines"
    return Answer(
        f"Almost. {run.quarantined:,} of {total:,} {need} you.",
        f"The other {rest:,} {'was' if rest == 1 else 'were'} imported. Fix {those} and upload the same file again: "
        "lines we already have count as unchanged.",
    )


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _all(count: int) -> str:
    return "Nothing" if count == 1 else f"None of the {count:,} lines"


def _new(run: Import) -> str:
    made = [
        f"{count:,} {word if count == 1 else plural}"
        for count, word, plural in (
            (run.pairs, "pair", "pairs"),
            (run.judgements, "judgement", "judgements"),
            (run.prompts, "prompt with its responses", "prompts with their responses"),
        )
        if count
    ]
    return f"New: {', '.join(made)}" if made else "Nothing new came of it"


def line(run: Import) -> str:
    """One line for the list."""
    if run.job.state in {JobState.FAILED, JobState.PARKED}:
        return f"Could not be read to its end: {jobs.message(run.job)}"
    if run.job.state == JobState.QUEUED:
        return "Waits for a worker"
    if run.job.state == JobState.RUNNING:
        return f"Reading, {run.lines_done:,} lines so far"
    outcome = f"{run.accepted:,} accepted, {run.unchanged:,} unchanged"
    return f"{outcome}, {run.quarantined:,} quarantined" if run.quarantined else outcome


def took(run: Import) -> float | None:
    """Seconds from its start to its end; of an import that is over."""
    job = run.job
    if job.started_at is None or job.finished_at is None:
        return None
    return float((job.finished_at - job.started_at).total_seconds())


def chips(reasons: Sequence[Reason], chosen: str) -> list[tuple[str, str, int]]:
    """The most frequent reasons to filter by, and the chosen one: code, short word, count."""
    shown = [reason for i, reason in enumerate(reasons) if i < MOST_CHIPS or reason.code == chosen]
    return [(reason.code, short(reason.code), reason.count) for reason in shown]


def short(code: str) -> str:
    """A reason in a word or two; its sentence is elsewhere on the page.

    >>> short("pair_exists"), short("not_json")
    ('Pair exists', 'Not JSON')
    """
    words = code.replace("_", " ").capitalize()
    for plain, proper in (("json", "JSON"), ("utf8", "UTF-8"), ("Nul ", "NUL ")):
        words = words.replace(plain, proper)
    return words


def parts(run: Import) -> list[tuple[str, int, str]]:
    """Lines by outcome, for the bar: label, count, the name of its colour."""
    return [
        ("Accepted", run.accepted, "done"),
        ("Unchanged", run.unchanged, "wait"),
        ("Quarantined", run.quarantined, "act"),
    ]
