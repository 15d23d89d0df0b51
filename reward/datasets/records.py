"""What a dataset writer needs to know of a pair: plain values, in the pair's canonical order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from annotation.vocabulary import VERDICT_WORDS, Verdict

Message: TypeAlias = Mapping[str, str]
"""``{"role": ..., "content": ...}``."""

Content: TypeAlias = str | Sequence[Message]
"""A text, or a conversation; in the form it was stored in."""

UNDECIDED = -1


@dataclass(frozen=True, slots=True)
class Response:
    """One source model's answer."""

    model: str
    text: Content


@dataclass(frozen=True, slots=True)
class PairRecord:
    """One pair as a row of a dataset may come of it.

    Parameters
    ----------
    external_id : str
    prompt : str or messages
        Exact, as stored. May be empty.
    first, second : Response
        Canonical order: FIRST is the native line's ``response_a``.
    language, author : str
        "" where nothing is known.
    tags : tuple of str
    gold : {"a", "b", "tie", "both_bad"} or None
        The known answer of a gold pair.
    consensus : int
        `Verdict` code of the consensus, -1 where there is none.
    settled : bool
        Whether the consensus may be used. A settled pair has one.
    judgements : sequence of mappings
        Judgements in the native line's shape: ``annotator``, ``verdict`` and what else is known. Only `raw` reads them.

    Raises
    ------
    ValueError
        A consensus that is no verdict, a settled pair without one, or a gold word that is none.
    """

    external_id: str
    prompt: Content
    first: Response
    second: Response
    language: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    gold: str | None = None
    consensus: int = UNDECIDED
    settled: bool = False
    judgements: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        if self.consensus != UNDECIDED and self.consensus not in VERDICT_WORDS:
            raise ValueError(f"{self.external_id}: consensus {self.consensus} is no verdict")
        if self.settled and self.consensus == UNDECIDED:
            raise ValueError(f"{self.external_id}: settled without a consensus")
        if self.gold is not None:
            try:
                Verdict.from_word(self.gold)
            except KeyError:
                raise ValueError(f"{self.external_id}: gold {self.gold!r} is no verdict") from None


class Kind(StrEnum):
    """What a pair is to a dataset. Each pair is one of these, the first that holds."""

    GOLD = "gold"
    UNSETTLED = "unsettled"
    TIE = "ties"
    BOTH_BAD = "both_bad"
    PREFERRED = "preferred"


def kind(record: PairRecord, *, include_gold: bool = False) -> Kind:
    """What the pair is; with ``include_gold`` a gold pair is what its judgements make of it."""
    if record.gold is not None and not include_gold:
        return Kind.GOLD
    if not record.settled:
        return Kind.UNSETTLED
    if record.consensus == Verdict.TIE:
        return Kind.TIE
    return Kind.BOTH_BAD if record.consensus == Verdict.BOTH_BAD else Kind.PREFERRED


@dataclass(slots=True)
class Tally:
    """What went through a writer: how many pairs of each kind, and how many rows came of them. Right once it has ended.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add(PairRecord("1", "", Response("m", ""), Response("n", ""), consensus=2, settled=True))
    <Kind.TIE: 'ties'>
    >>> tally.as_dict()
    {'pairs': 1, 'settled': 1, 'preferred': 0, 'ties': 1, 'both_bad': 0, 'unsettled': 0, 'gold': 0, 'rows': 0}
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    rows: int = 0

    def add(self, record: PairRecord, *, include_gold: bool = False) -> Kind:
        """Count the pair and say what it is."""
        found = kind(record, include_gold=include_gold)
        self.kinds[found] += 1
        return found

    def as_dict(self) -> dict[str, int]:
        """``pairs`` is the sum of ``settled``, ``unsettled`` and ``gold``; ``settled`` that of preferred, ties and both bad."""
        settled = {str(k): self.kinds[k] for k in (Kind.PREFERRED, Kind.TIE, Kind.BOTH_BAD)}
        return {
            "pairs": self.kinds.total(),
            "settled": sum(settled.values()),
            **settled,
            "unsettled": self.kinds[Kind.UNSETTLED],
            "gold": self.kinds[Kind.GOLD],
            "rows": self.rows,
        }


def line(row: Mapping[str, Any]) -> bytes:
    """One row of JSON lines: UTF-8, texts as they are, and one line feed, at the end.

    JSON escapes every line feed and carriage return inside a text. U+2028, U+2029 and U+0085 stay as they are: they end no
    line of JSON lines, so split a file at line feeds and not by ``str.splitlines``.

    Raises
    ------
    ValueError
        A number that JSON cannot write, or a text that is no Unicode (a lone surrogate).

    Examples
    --------
    >>> line({"prompt": "né\\n"})
    b'{"prompt": "n\\xc3\\xa9\\\\n"}\\n'
    """
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def messages(content: Sequence[Message]) -> list[dict[str, str]]:
    """A conversation as JSON knows it, with role and content alone."""
    return [{"role": message["role"], "content": message["content"]} for message in content]


def plain(content: Content) -> str | list[dict[str, str]]:
    """The content in the form it was stored in."""
    return content if isinstance(content, str) else messages(content)
