"""Whether a drawn formula shows what its source holds: every sign of it, and nothing that only lays out."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

_COLUMNS: Final = r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
_UNSEEN: Final = re.compile(
    rf"\\begin\s*\{{(?:array|subarray)\}}(?:\[[tbc]\])?\s*{_COLUMNS}"
    r"|\\begin\s*\{(?:alignat|alignedat|xalignat)\*?\}(?:\[[tbc]\])?\s*\{[0-9]+\}"
    r"|\\begin\s*\{(?:aligned|gathered|multlined)\}\[[tbc]\]|\\begin\s*\{[a-zA-Z]*matrix\*\}\[[lcr]\]"
    r"|\\(?:begin|end)\s*\{[a-zA-Z]+\*?\}|\\(?:text)?color\s*(?:\[[A-Za-z]+\])?\{[^{}]*\}|\\label\s*\{[^{}]*\}"
    r"|\\[hm]space\*?\s*\{[^{}]*\}|\\[mh]?(?:kern|skip)\s*-?[0-9.]+\s*[a-z]{2}"
    r"|\\\\\*?(?:\s*\[\s*-?[0-9.]+\s*[a-z]{2}\s*\])?|\\cfrac\s*\[[lcr]\]|\\smash\s*\[[tb]\]|\\(?:operatorname|tag)\*"
    r"|\\(?:left|right|middle|[bB]igg?[lrm]?)\s*\.|\\not(?![A-Za-z])\s*(?:\\[A-Za-z]+|.)"
)
"""What of a formula is no sign to be drawn, with the arguments that only lay out."""
_TAKES_OPTION: Final = re.compile(r"\\(?:sqrt|x[A-Za-z]*(?:arrow|harpoon|equal)[A-Za-z]*)\s*\[")
_BRACKETED: Final = re.compile(r"\\begin\s*\{bmatrix\*?\}")
_COMMAND: Final = re.compile(r"\\(?:([A-Za-z]+)|(.))", re.DOTALL)
_STRUCTURE: Final = frozenset("{}^_&~$\\")
_ESCAPED: Final = frozenset("{}%$&#_")
_COUNTED: Final = frozenset("=+<>!()[]{}|/-*.,:;?'%&#$")
_TYPED: Final = {
    ord("−"): "-",
    ord("∗"): "*",
    ord("′"): "'",
    ord("∣"): "|",
    ord("∕"): "/",
    ord("∶"): ":",
    ord("’"): "'",
}


def shows_every_sign(source: str, drawn: Iterable[str]) -> bool:
    """Return whether the words ``drawn`` have each letter, digit and common sign of the LaTeX, and no argument besides.

    The source is as the reader would see it, not as it was prepared for the converter: nothing is lost on the way.
    """
    seen = "\n".join(drawn)
    wanted, commands = _wanted(source)
    shown = Counter(_signs(seen))
    missing = Counter(_signs(wanted)) - shown
    if missing or not any(_visible(sign) for sign in seen):
        return False
    more = shown - Counter(_signs(wanted))
    named = Counter(unicodedata.normalize("NFKC", commands))
    around = len(_BRACKETED.findall(source))
    named["["] += commands.count("lbrack") + around
    named["]"] += commands.count("rbrack") + around
    return not {sign for sign in more - named if sign in "[]" or (sign.isascii() and sign.isalnum())}


def _wanted(source: str) -> tuple[str, str]:
    """Return the signs of the source that are to be seen, and the names of its commands, which are drawn of some."""
    plain = _UNSEEN.sub(" ", _without_option_brackets(source))
    names: list[str] = []

    def read(found: re.Match[str]) -> str:
        if found[1]:
            names.append(found[1])
            return " "
        return f"\ue000{found[2]}" if found[2] in _ESCAPED else " "

    text = _COMMAND.sub(read, plain)
    signs = []
    escaped = False
    for sign in text:
        if sign == "\ue000":
            escaped = True
            continue
        if escaped or sign not in _STRUCTURE:
            signs.append(sign)
        escaped = False
    return "".join(signs), " ".join(names)


def _without_option_brackets(source: str) -> str:
    """Return the source without the brackets around an index of a root and around words under an arrow."""
    unseen: set[int] = set()
    for found in _TAKES_OPTION.finditer(source):
        start = found.end() - 1
        end = _option_end(source, start)
        if end is not None:
            unseen.update((start, end))
    return "".join(sign for at, sign in enumerate(source) if at not in unseen) if unseen else source


def _option_end(source: str, start: int) -> int | None:
    depth = 0
    for at in range(start + 1, len(source)):
        if source[at] == "]" and depth == 0:
            return at
        depth += (source[at] == "{") - (source[at] == "}")
        if depth < 0:
            return None
    return None


def _signs(text: str) -> Iterator[str]:
    for sign in unicodedata.normalize("NFKC", text).translate(_TYPED):
        if sign.isalnum() or sign in _COUNTED:
            yield sign


def _visible(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) != "Cf"
