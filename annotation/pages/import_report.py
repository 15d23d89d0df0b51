"""The report of an import in words: for its page, its CSV, the API and ``import_prompts``. No queries here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.pages import import_outcome
from annotation.pages.import_sentences import meaning, sentence
from annotation.selectors.imports import Detail, Quarantined, Reason


@dataclass(frozen=True, slots=True)
class WordedReason:
    """A reason in words: how many lines, what is wrong, what to do about it; of a warning, the first of the lines."""

    code: str
    count: int
    sentence: str
    advice: str
    first_lines: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        """The numbers of the first lines; empty where they are not known.

        >>> WordedReason("blank_text", 3, "", "", (4, 1700)).where
        'Lines 4, 1,700 …'
        """
        return where(self.first_lines, self.count)


@dataclass(frozen=True, slots=True)
class WordedLine:
    """A quarantined line in words: what is wrong in general and in this case, where, and how the line begins."""

    line: int
    code: str
    sentence: str
    message: str
    path: str
    advice: str
    beginning: str


def page(found: Detail, quarantined: Iterable[Quarantined], *, why: str, first: int, after: int) -> dict[str, Any]:
    """Return what the page of an import shows.

    Parameters
    ----------
    quarantined
        The lines of the page.
    why
        The code whose lines are shown; empty for all.
    first
        The number of the page's first line among those lines, from 1.
    after
        The line of the file that they come after; 0 on the first page.
    """
    run = found.run
    count = next((reason.count for reason in found.reasons if reason.code == why), 0) if why else run.quarantined
    shown = lines(quarantined)
    last = first + len(shown) - 1
    return {
        "run": run,
        "job": run.job,
        "reasons": reasons(found.reasons),
        "warnings": reasons(found.warnings),
        "answer": import_outcome.answer(run),
        "took": import_outcome.took(run),
        "parts": import_outcome.parts(run),
        "chips": import_outcome.chips(found.reasons, why),
        "why": why,
        "lines": shown,
        "first": first,
        "last": last,
        "count": count,
        "after": shown[-1].line if shown and last < count else None,
        "earlier": bool(after),
    }


def where(first_lines: Sequence[int], count: int) -> str:
    """Return the numbers of the first of some lines in words; empty where there are none."""
    if not first_lines:
        return ""
    more = " …" if len(first_lines) < count else ""
    return f"{'Line' if count == 1 else 'Lines'} {', '.join(f'{line:,}' for line in first_lines)}{more}"


def reasons(found: Sequence[Reason]) -> list[WordedReason]:
    """Return reasons or warnings in words, in their order."""
    return [WordedReason(reason.code, reason.count, *meaning(reason.code), reason.first_lines) for reason in found]


def lines(found: Iterable[Quarantined]) -> list[WordedLine]:
    """Return quarantined lines in words, in their order."""
    return [
        WordedLine(
            line=one.line,
            code=one.code,
            sentence=meaning(one.code).sentence,
            message=sentence(one.code, one.arguments, one.path),
            path=one.path,
            advice=meaning(one.code).advice,
            beginning=visible(one.beginning),
        )
        for one in found
    ]


def csv_rows(found: Iterable[tuple[int, str, dict[str, Any], str]]) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield line, code, what is wrong in general, in this case, and where."""
    for line, code, arguments, path in found:
        yield line, code, meaning(code).sentence, sentence(code, arguments, path), path


def worded(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report, as it is stored as a job's result, with sentences in place of arguments."""
    errors = [
        {
            "line": error["line"],
            "code": error["code"],
            "path": error["path"],
            "message": sentence(error["code"], error["arguments"], error["path"]),
            "advice": meaning(error["code"]).advice,
        }
        for error in report["errors"]
    ]
    warnings = [
        {
            "code": warned["code"],
            "lines": warned["lines"],
            "first_lines": warned.get("first_lines", []),
            "message": what.sentence,
            "advice": what.advice,
        }
        for warned in report["warnings"]
        for what in (meaning(warned["code"]),)
    ]
    return {**report, "errors": errors, "warnings": warnings}


def visible(raw: bytes) -> str:
    r"""Return bytes as text, with a replacement sign for what is not UTF-8 or not visible.

    >>> visible(b'caf\xe9 \x00 {"id"')
    'caf\ufffd \ufffd {"id"'
    """
    text = raw.decode("utf-8", errors="replace")
    return "".join(sign if sign.isprintable() else " " if sign in "\t\r\n" else "\ufffd" for sign in text)
