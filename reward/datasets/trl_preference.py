"""``trl-preference``: TRL's preference format with an explicit prompt, for DPO and the reward trainer.

A trap on the reader's side: the ``datasets`` library (5.2 tried) takes a column in which every text is a date, "2026-07-13", for
moments in time. The file is right; conversational rows are not touched by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from annotation.vocabulary import Verdict
from reward.datasets.records import Content, Kind, PairRecord, Tally, kind, line, messages

FORMAT = "trl-preference"
COLUMNS = ("prompt", "chosen", "rejected")


def can_be_string(record: PairRecord) -> bool:
    """Whether the pair was stored as three texts. A conversation of one turn is a conversation: its template belongs to it.

    A file's rows all have one form, so ask this of every pair first (of those `is_row` keeps), and write conversational rows
    as soon as one says no.

    Examples
    --------
    >>> from reward.datasets.records import Response
    >>> can_be_string(PairRecord("1", "Why?", Response("m", "So."), Response("n", "")))
    True
    >>> can_be_string(PairRecord("1", [{"role": "user", "content": "Why?"}], Response("m", "So."), Response("n", "")))
    False
    """
    return all(isinstance(content, str) for content in (record.prompt, record.first.text, record.second.text))


def is_row(record: PairRecord, *, include_gold: bool = False) -> bool:
    """Whether the pair becomes a row: settled, with a better side, and no gold pair unless those were asked for."""
    return kind(record, include_gold=include_gold) is Kind.PREFERRED


def lines(
    records: Iterable[PairRecord],
    *,
    conversational: bool,
    separator: str = "",
    include_gold: bool = False,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """Rows ``{"prompt", "chosen", "rejected"}`` of the pairs that have a better side, one at a time.

    Parameters
    ----------
    records : iterable of PairRecord
        Read once, in its order; nothing of it is kept.
    conversational : bool
        False: three strings, exact as stored. True: three lists of ``{"role", "content"}``, of which chosen and rejected hold
        the assistant's turns alone; a stored text becomes one turn, of the user or of the assistant.
    separator : str
        Put before chosen and rejected of string rows. TRL joins prompt and chosen as they are; by default so do we, because
        an exact text is worth more than a guess at what should stand between them.
    include_gold : bool
        Gold pairs have a known answer and are shown to everyone, so they are left out by default.
    tally : Tally, optional
        Filled on the way.

    Yields
    ------
    bytes
        One line of JSON.

    Raises
    ------
    ValueError
        ``conversational`` is false and a row is a conversation: the first pass was not asked.

    Examples
    --------
    >>> from reward.datasets.records import Response
    >>> pair = PairRecord("1", "2 + 2?", Response("m", "5"), Response("n", "4"), consensus=1, settled=True)
    >>> list(lines([pair], conversational=False))
    [b'{"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}\\n']
    """
    tally = Tally() if tally is None else tally
    for record in records:
        if tally.add(record, include_gold=include_gold) is Kind.PREFERRED:
            tally.rows += 1
            yield line(_row(record, conversational=conversational, separator=separator))


def _row(record: PairRecord, *, conversational: bool, separator: str) -> dict[str, Any]:
    first, second = record.first.text, record.second.text
    chosen, rejected = (first, second) if record.consensus == Verdict.FIRST else (second, first)
    if conversational:
        return {
            "prompt": _turns(record.prompt, "user"),
            "chosen": _turns(chosen, "assistant"),
            "rejected": _turns(rejected, "assistant"),
        }
    if not (isinstance(record.prompt, str) and isinstance(chosen, str) and isinstance(rejected, str)):
        raise ValueError(f"{record.external_id} is a conversation and cannot be a row of strings")
    return {"prompt": record.prompt, "chosen": separator + chosen, "rejected": separator + rejected}


def _turns(content: Content, role: str) -> list[dict[str, str]]:
    return [{"role": role, "content": content}] if isinstance(content, str) else messages(content)
