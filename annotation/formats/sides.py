"""Whether the responses of a prompt differ, and whether they repeat it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from annotation.formats.records import Content, Message

_NOT_SEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]"
    "|[\U000e0100-\U000e01ef]|(?<=[\\x00-\u024f])[\u200c\u200d]+(?=[\\x00-\u024f]|\\Z)"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)
"""Signs without a width of their own. Joiners (U+200C, U+200D) but between Latin letters, selectors of variants (U+FE00 to U+FE0F) and
overrides of direction are none: they change how letters and emoji look, or their order.
Tags (U+E0020 to U+E007F) are some only outside the flags of regions."""
_NO_BREAK: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u115f\u1160\u2800\u3164\uffa0]")
"""Blanks that read as one, with fillers of Hangul and the empty sign of Braille."""
_GLANCE: Final = 64
_AT_THE_CUT: Final = 4

SHORTEST_PROMPT: Final = 12
"""Characters. What begins with a shorter prompt may do so by chance, as an answer to "Paris?" may begin with "Paris"."""
_SPEAKERS: Final = re.compile(
    r"""\s*(?:
    (?:human|user|h):.*?\n[ \t]*(?:assistant|ai|a|bot|chatbot|gpt|model):
    |\#\#\#\ *(?:instruction|human|user|input|question):.*?\n[ \t]*\#\#\#\ *(?:response|assistant|answer|output):
    |(?:(?:<s>|<\|begin_of_text\|>|<bos>)\s*)?(?:\[INST\]|<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|<\|user\|>|<\|prompter\|>)
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""A conversation as text at the beginning of an answer: with names of speakers, or with the marks of a chat template."""
_QUOTED: Final = " \t\r\n\"'*_>#\u00ab\u201c\u2018"
"""What may stand before a prompt that an answer repeats: quotes and marks of markdown."""
_BEGINNING: Final = 10


def as_turns(side: Content) -> tuple[Message, ...]:
    """Return a response as turns: a text is one of the assistant."""
    return (Message("assistant", side),) if isinstance(side, str) else side


def as_seen(text: str) -> str:
    """Return a text without what nobody can see: signs of no width, blanks at ends of lines, kinds of blanks, Unicode form.

    Examples
    --------
    >>> as_seen("Yes\\u200b. \\r\\n") == as_seen("Yes.") == "Yes."
    True
    """
    seen = text
    if not text.isascii():
        seen = _NO_BREAK.sub(" ", _NOT_SEEN.sub("", unicodedata.normalize("NFC", text)))
    return "\n".join(line.rstrip() for line in seen.split("\n")).strip("\n")


def differ_invisibly(one: Content, other: Content) -> bool:
    """Whether two different responses look the same: whoever prefers one cannot have seen why."""
    first, second = as_turns(one), as_turns(other)
    return first != second and len(first) == len(second) and all(map(_look_alike, first, second))


def _look_alike(one: Message, other: Message) -> bool:
    if one.role != other.role or _begin_differently(one.content, other.content):
        return False
    return as_seen(one.content) == as_seen(other.content)


def _begin_differently(one: str, other: str) -> bool:
    """Whether the first signs that are seen differ: nearly always so, and then nothing more has to be read."""
    first, second = (as_seen(text[:_GLANCE])[:-_AT_THE_CUT] for text in (one, other))
    shorter = min(len(first), len(second))
    return first[:shorter] != second[:shorter]


def repeat_the_prompt(prompt: Content, responses: Sequence[Content]) -> bool:
    """Whether plain answers begin with the prompt, all of them, or with a conversation written as text.

    Examples
    --------
    >>> repeat_the_prompt("Who wrote it?", ["Who wrote it? Ann.", "Who wrote it? Bo."])
    True
    >>> repeat_the_prompt("Hi", ["\\n\\nHuman: Hi\\n\\nAssistant: Hello.", "Hello."])
    True
    """
    answers = [turns[0].content for turns in map(as_turns, responses) if len(turns) == 1]
    if any(_SPEAKERS.match(answer) for answer in answers):
        return True
    asked = (prompt if isinstance(prompt, str) else prompt[-1].content).strip()
    if len(asked) < SHORTEST_PROMPT or len(answers) < len(responses):
        return False
    beginning = _words(asked[:_GLANCE])[:_BEGINNING]
    if not all(_words(answer[: 2 * _GLANCE]).startswith(beginning) for answer in answers):
        return False  # nearly always so, and then nothing more has to be read
    words = _words(asked)
    return len(words) >= SHORTEST_PROMPT and all(_words(answer).startswith(words) for answer in answers)


def _words(text: str) -> str:
    """A text as it is compared with a prompt: without marks before it, its case, and how its words are set apart."""
    return " ".join(text.lstrip(_QUOTED).split()).casefold()


def warnings(prompt: Content, responses: Sequence[Content]) -> Iterator[str]:
    """Yield a code for each way in which responses do not differ as expected.

    ``identical_pair``: two are the same, a text and the turn that it stands for too. ``invisible_difference``: two differ in
    nothing that can be seen. ``repeated_prompt``: they repeat the prompt.
    """
    given = [as_turns(response) for response in responses]
    distinct = set(given)
    if len(distinct) < len(given):
        yield "identical_pair"
    if any(differ_invisibly(*two) for two in combinations(distinct, 2)):
        yield "invisible_difference"
    if repeat_the_prompt(prompt, responses):
        yield "repeated_prompt"
