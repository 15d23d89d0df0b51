"""LaTeX in markdown: which dollars and brackets enclose a formula, and which are money, variables or prose.

A mark vanishes only where it certainly encloses a formula: what is between must read as TeX. Everything else stays text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from common.rendering.mathml import MAX_FORMULA

_LAST_SPACED: Final = 0x590
"""Letters of Latin, Greek, Cyrillic and Armenian are below: scripts that set spaces between words and formulas."""
_FARTHEST: Final = 2 * MAX_FORMULA
"""How far an end is looked for; longer formulas are read as text. Keeps the search linear."""

_GROUPED_TEXT: Final = re.compile(
    r"\\(?:text[a-z]*|mbox|hbox|math[a-z]+|operatorname\*?|label|tag\*?|(?:text)?color|begin|end|ce|mspace|hspace\*?)"
    r"\s*(?:\{(?:[^{}]|\{[^{}]*+\})*+\}|\[[^\[\]]*\])+"
)
_COMMAND: Final = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_SCRIPT: Final = re.compile(
    r"(?:[A-Za-z0-9)\]}'|]|(?<!\w)\{\})[ \t]?\^[ \t]?(?:[A-Za-z0-9*+\-'(]|\{|\\)|(?:(?<![A-Za-z])[A-Za-z]|[)\]}'])_(?:[A-Za-z0-9](?![A-Za-z])|\{|\\)"
)
_LONG_COMMAND: Final = re.compile(r"\\[A-Za-z]{2,}|\\\\(?![A-Za-z]{2})")
_WORD: Final = re.compile(r"[^\W\d_]+")
_WEAK: Final = re.compile(r"[A-Za-z0-9\s+\-*/=<>()\[\]{},.:|!'^_−≤≥≠≈±×÷·∞∈∉∪∩⊂⊆→⇒∀∃√∑∏∫α-ωΑ-Ω]+")
_OPERATOR_AT_END: Final = re.compile(r"[+\-*/=<>,.:;^_−×÷·]\Z")
_OPERATOR_AT_START: Final = re.compile(r"[*/=<>,.:;^_!)\]}×÷·]|\|\^")
_STRAY_AT_START: Final = re.compile(r"[*/.:;!)\]}]|\|\^")
_SUFFIX: Final = re.compile(r"[_^](?:\d{1,2}|\{[^{}]+\}|\\circ)")
"""What makes an index or a power of the word before it: ``CO$_2$``, ``m$^2$``."""
_NUMBERS_ONLY: Final = re.compile(r"[\d\s,.:\-–/]+")
_NUMBER: Final = re.compile(r"[-−]?\d+(?:\.\d+)?|\d+/\d+")
_ESCAPED_SIGN: Final = re.compile(r"\\([{}|,;:! ])")
_ESCAPED_AMOUNT: Final = re.compile(r"\\\$(?=\.?\d)|(?<=\d) ?\\%")
_HAS_WORD: Final = re.compile(r"[^\W_]|[∞∅√∫∑∏∂∇±∃∀]")
_RELATION: Final = re.compile(r"[=<>≤≥≈]")
_FUNCTION_NAMES: Final = (
    "sin cos tan cot sec csc log ln exp lim max min sup inf det dim gcd lcm mod arg deg ker var cov"
)
_FUNCTIONS: Final = frozenset(_FUNCTION_NAMES.split())
_OF_PROSE: Final = re.compile(r"[\"`]|://|\]\(")
_OF_SHELL: Final = re.compile(
    r"(?<![\w)\]}'])'|=~|(?<=\s)~(?=\s)|/\^|(?<=\s)-[A-Za-z]{1,2}(?=\s)"
    r"|[|;&]\s*(?:e?grep|sed|awk|sort|xargs|cut|head|tail|wc|tr|uniq|tee|cat|echo)\b"
)
"""A quote that opens, a match, the beginning of a pattern, an option or a command: between the dollars of variables."""
_BAR_BEFORE_POWER: Final = re.compile(r"\|\^[A-Za-z]")
_IDENTIFIER: Final = re.compile(r"[A-Za-z]{2,}_[A-Za-z]")
_NAME: Final = re.compile(r"\{\w*\}|\w*_\w*_|[A-Za-z]{2,}_|_[A-Za-z]{2,}")
"""What a variable of a shell or a program looks like."""


def reads_as_tex(content: str, *, loose: bool) -> bool:
    """Return whether what is between two marks is certainly TeX: not prose, an amount of money or a program's variable.

    ``loose`` where the marks are those of a formula alone, as ``\\(…\\)``. A command or a script is strong evidence; without
    one, the content must be a short expression of single letters, numbers and operators.
    """
    if not content.strip() or (not loose and (_OF_PROSE.search(content) or _is_of_shell(content))):
        return False
    bare = _GROUPED_TEXT.sub(" ", content)
    strong = is_strong(content)
    plain = _COMMAND.sub(" \\\\ ", bare)  # a command stays, as a sign between words
    if _reads_as_prose(plain, strong=strong):
        return False
    if strong:
        return loose or not (
            _IDENTIFIER.search(plain) or _closes_first(plain) or _STRAY_AT_START.match(content.strip())
        )
    return _reads_as_expression(content.strip(), loose=loose)


def _is_of_shell(content: str) -> bool:
    """Return whether a content reads as a part of a command or a pattern. An alternative is no absolute value to a power."""
    alternative = _BAR_BEFORE_POWER.search(content) and content.count("|") % 2
    return bool(_OF_SHELL.search(content) or alternative)


def is_strong(content: str) -> bool:
    """Return whether a content holds a command or a script, which only TeX has."""
    return bool(_LONG_COMMAND.search(content)) or bool(_SCRIPT.search(_GROUPED_TEXT.sub(" ", content)))


def _reads_as_prose(plain: str, *, strong: bool) -> bool:
    """Return whether two words follow each other with but a space between, or a letter of no TeX alphabet is in it."""
    previous_end, previous = -1, ""
    for found in re.finditer(r"\w+", plain):
        word = found[0]
        letters = word.isalpha()
        if letters and not word.isascii() and len(word) > 1:
            return True
        if previous and plain[previous_end : found.start()].isspace():
            longer = max(_weight(previous), _weight(word))
            if longer >= (3 if strong else 2):
                return True
        previous_end, previous = found.end(), word
    return False


def _weight(word: str) -> int:
    """Return how many letters of a word tell against TeX: none of a number, a function's name or a differential."""
    if not word.isalpha() or word in _FUNCTIONS or (len(word) == 2 and word[0] == "d"):
        return 1
    return len(word)


def _closes_first(plain: str) -> bool:
    """Return whether a bracket is closed that was not opened, as where two dollars of different sentences meet."""
    depth = 0
    for sign in plain:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return True
    return depth > 1


def _reads_as_expression(content: str, *, loose: bool) -> bool:
    content = _ESCAPED_SIGN.sub(lambda found: found[1] if found[1] in "{}|" else " ", content)
    content = _ESCAPED_AMOUNT.sub("", content)
    if loose or _RELATION.search(content):
        content = content.rstrip(" ,.;")  # of the sentence that the formula is in
    if (
        not _HAS_WORD.search(content)
        or not _WEAK.fullmatch(content)
        or _OPERATOR_AT_END.search(content)
        or _OPERATOR_AT_START.match(content)
    ):
        return False
    if _NAME.search(content) or not _is_balanced(content):
        return False
    for word in _WORD.findall(content):
        if len(word) > 1 and word not in _FUNCTIONS and not (word.isupper() and len(word) <= 3) and not loose:
            return False
        if len(word) > 3 and word not in _FUNCTIONS:
            return False
    return _NUMBERS_ONLY.fullmatch(content) is None or _NUMBER.fullmatch(content) is not None


def _is_balanced(content: str) -> bool:
    depth = 0
    for sign in content:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return False
    return depth == 0


def formulas(md: MarkdownIt) -> None:
    """Teach the parser ``$…$``, ``$$…$$``, ``\\(…\\)``, ``\\[…\\]`` and top-level environments.

    Tokens ``formula`` (inline) and ``formula_block``: ``content`` is the LaTeX, ``markup`` the source with its marks,
    ``meta["display"]`` whether it is on a line of its own.
    """
    md.inline.ruler.before("escape", "formula", _inline)
    md.block.ruler.before("fence", "formula_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


_ENDS: Final = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_OPENS_ENVIRONMENT: Final = re.compile(
    r"\\begin\{((?:equation|align|alignat|flalign|gather|multline|eqnarray|[pbBvV]?matrix|cases|array|split|aligned|gathered)\*?)\}"
)
_CITATION: Final = re.compile(r"\\\[(?:\d+|\w-\w)\\\]")
"""Brackets that were escaped, of a reference or of a class of characters."""


def _inline(state: StateInline, silent: bool) -> bool:
    src, pos = state.src, state.pos
    if src[pos] not in "$\\":
        return False
    opening = src[pos : pos + 2]
    closing = _ENDS.get(opening)
    if closing is None:
        if src[pos] != "$":
            return False
        opening = closing = "$"
    start = pos + len(opening)
    end, text_end = _closing(src, closing, start, min(state.posMax, start + _FARTHEST))
    if end < 0:
        return _push_source(state, text_end, silent)
    after = end + len(closing)
    content = src[start:end]
    found = _dollars(src, pos, after, content) if opening[0] == "$" else _brackets(src, pos, after, content)
    if not found:
        return _push_source(state, text_end, silent)
    if not silent:
        token = state.push("formula", "", 0)
        token.content = content
        token.markup = src[pos:after]
        token.meta = {"display": opening in ("$$", "\\[")}
    state.pos = after
    return True


_TEXT_GROUP: Final = re.compile(r"\\(?:text[a-z]*|[mhf]box|intertext|mathrm|tag\*?)\s*\{")
_BRACES: Final = re.compile(rf"(?P<text>{_TEXT_GROUP.pattern})|\\.|(?P<sign>[{{}}$])", re.DOTALL)
_DEEPEST: Final = 20


def _push_source(state: StateInline, end: int, silent: bool) -> bool:
    """Show the source up to ``end`` as it is: the dollars in it are of the text of what is no formula. Nothing where 0."""
    if not end:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _closing(src: str, closing: str, start: int, end: int) -> tuple[int, int]:
    """Return where the closing mark is, -1 where there is none, and where the text in braces that holds dollars ends, or 0.

    A dollar after a backslash is an amount's own; those in braces of text enclose formulas of the text.
    """
    found = src.find(closing, start, end)
    while closing == "$" and found > 0 and src[found - 1] == "\\" and src[found - 2] != "\\":
        found = src.find(closing, found + 1, end)
    if found < 0 or not _TEXT_GROUP.search(src, start, found):
        return found, 0
    if closing[0] != "$":
        return found, _outside_text(src, "$", start, found)[1] if "$" in src[start:found] else 0
    outside, text_end = _outside_text(src, closing, start, end)
    return (outside, text_end) if text_end else (found, 0)


def _outside_text(src: str, closing: str, start: int, end: int) -> tuple[int, int]:
    """Return where the closing dollars outside the braces of text are, -1 where nowhere, and the end of text with dollars, or 0."""
    opened: list[bool] = []
    in_text = text_end = 0
    holds_dollars = False
    for found in _BRACES.finditer(src, start, end):
        if found["text"] or found["sign"] == "{":
            opened.append(bool(found["text"]))
            in_text += opened[-1]
            if len(opened) > _DEEPEST:
                break
        elif found["sign"] == "}" and opened:
            in_text -= opened.pop()
            if holds_dollars and not in_text:
                text_end, holds_dollars = found.end(), False
        elif found["sign"] == "$" and in_text:
            holds_dollars = True
        elif found["sign"] == "$" and src.startswith(closing, found.start(), end):
            return found.start(), text_end
    return -1, text_end


def _dollars(src: str, pos: int, after: int, content: str) -> bool:
    """Return whether one or two dollars on each side enclose a formula; three are an amount of dear things."""
    before, behind = src[pos - 1 : pos] if pos else "", src[after : after + 1]
    if "$" in (before, behind, content[:1], content[-1:]) or before == "^":
        return False
    if behind in ("/", "'") and (content.count(behind) % 2 or before == behind):  # the end of a pattern
        return False
    if src[pos + 1] == "$":
        beside = _is_latin(before) or _is_latin(behind)
        return reads_as_tex(content, loose=False) and (not beside or is_strong(content))
    if before.isalnum() and _SUFFIX.fullmatch(content):
        return True
    return _hugs(src, pos, after, content) and reads_as_tex(content, loose=False)


_AGAINST: Final = frozenset("])}/'\"`")
"""What stands before an escaped bracket of a pattern, of a program or of an index, and before no formula."""
_ONE_COMMAND: Final = re.compile(r"\s*\\[A-Za-z]{3,}\s*")
_ALTERNATIVES: Final = re.compile(r"\w\w\\\||\\\|\w\w|[A-Za-z]\.[A-Za-z]|(?<!\S)-[A-Za-z]{2}|\A[A-Za-z]\d\d+\Z")
"""What is in the brackets of a pattern, of a file's name or of an option, and in no formula without a command."""
_WORDS_IN_BRACKETS: Final = (
    "and any are but can did due e.g eg etc few for get had has how i.e ie if in is it its let may me my nb new no non nor "
    "not now of off ok old one or our out own per pro q.v sad see sic so the too two use via vs was way we who why yes yet "
    "you ii iii iv vi vii viii ix xi xii bce NB OK II III IV VI VII VIII IX XI XII USA CEO CTO PDF URL FAQ API "
    "foo bar baz qux tmp src lib bin var"
)
_SHORT_WORDS: Final = frozenset(_WORDS_IN_BRACKETS.split())
"""What stands in brackets in prose and in code, and hardly in a formula."""
_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d")
_STRONG_NEAR: Final = re.compile(r"\\[(\[][^\n\\]{0,40}?(?:\\[A-Za-z]{2}|[\^_=])")
_PATTERN: Final = re.compile(r"\\(?:[1-9dDwWsS](?![A-Za-z])|[.?+*])")


def _brackets(src: str, pos: int, after: int, content: str) -> bool:
    r"""Return whether ``\(…\)`` or ``\[…\]`` enclose a formula, and are not the escaped brackets of a pattern or of prose."""
    before = src[pos - 1 : pos] if pos else ""
    if before.isalnum() and ord(before) < _LAST_SPACED:
        return src[pos + 1] == "(" and bool(_SUFFIX.fullmatch(content) or _ONE_COMMAND.fullmatch(content))
    if before and before in _AGAINST and not _follows_certainly(src, pos, before):
        return False
    if _CITATION.match(src, pos) or not reads_as_tex(content, loose=True):
        return False
    if is_strong(content):
        return True
    if src[pos + 1] == "[":
        return _stands_apart(src, pos, after, content)
    if content.strip() in _SHORT_WORDS or _ALTERNATIVES.search(content):
        return False
    if _YEAR.fullmatch(content) and not _has_strong(src):
        return False
    return not _is_in_pattern(src, pos, after)


@lru_cache(maxsize=4)
def _has_strong(src: str) -> bool:
    """Return whether a text holds a formula with a command, a script or a relation, so that its numbers are formulas too."""
    return _STRONG_NEAR.search(src) is not None


_ITEM: Final = re.compile(r"[ \t>*+-]*\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})\)")
_FORMULA_BEFORE: Final = re.compile(r"(?:\A|(?<=[\s(,;:=]))\\\((?:(?!\\[()]).)+\\\)\Z")


def _follows_certainly(src: str, pos: int, before: str) -> bool:
    """Return whether a formula may follow a sign that is most often of a pattern: after a number of a list, or in a ratio of formulas."""
    if before == ")":
        return _ITEM.fullmatch(src, src.rfind("\n", 0, pos) + 1, pos) is not None
    return before == "/" and _FORMULA_BEFORE.search(src, max(0, pos - _NEAR), pos - 1) is not None


_TO_LINE_END: Final = re.compile(r"[\s.,;:!?。，；：、]*(?:\n|\Z)")


def _stands_apart(src: str, pos: int, after: int, content: str) -> bool:
    """Return whether a display of letters and numbers is no index, note or box to tick: a line of its own, or an equation at its end."""
    line = src[src.rfind("\n", 0, pos) + 1 : pos]
    if not _TO_LINE_END.match(src, after):
        return content.strip(" \t")[:1] == "\n" == content.strip(" \t")[-1:]
    return not line.strip() or bool(_RELATION.search(content))


def _is_in_pattern(src: str, pos: int, after: int) -> bool:
    """Return whether a formula of a letter or two is near the escapes of a pattern, or between straight quotes without words."""
    start, end = max(src.rfind("\n", 0, pos) + 1, pos - _NEAR), src.find("\n", after, after + _NEAR)
    before, behind = src[start:pos], src[after : end if end >= 0 else after + _NEAR]
    if _PATTERN.search(before) or _PATTERN.search(behind):
        return True
    for quote in "'\"`":
        opened, closed = _OPEN_QUOTE[quote].search(before), _CLOSED_QUOTE[quote].search(behind)
        if opened and closed and (_OF_PATTERNS.search(before) or not _TWO_LETTERS.search(opened[0] + closed[0])):
            return True
    return False


def _hugs(src: str, pos: int, after: int, content: str) -> bool:
    """Return whether single dollars enclose their content as those of a formula do: no letter or digit beside them."""
    before, behind = src[pos - 1 : pos] if pos else "", src[after : after + 1]
    if "$" in (before, behind) or behind in ("{", "(") or _is_latin(before):
        return False
    if _ORDINAL.match(src, after) and _COUNT.fullmatch(content):
        return not before.isalnum()
    if _is_latin(behind):
        return False
    if "\n" in content and not _LONG_COMMAND.search(content):
        return False
    strong = bool(_LONG_COMMAND.search(content) or _SCRIPT.search(content))
    if (before.isalnum() or behind.isalnum() or before in tuple("@#%&^|")) and not strong:
        return False  # scripts without spaces between words set formulas close, and amounts of money too
    if content[:1].isspace() or content[-1:].isspace():
        return bool(_LONG_COMMAND.search(content)) and content[:1].isspace() and content[-1:].isspace()
    return bool(content) and content[-1] != "\\"


_NEAR: Final = 200
_OPEN_QUOTE: Final = {quote: re.compile(rf"(?:\A|[\s(=\[]){quote}[^{quote}]*\Z") for quote in "'\"`"}
_CLOSED_QUOTE: Final = {quote: re.compile(rf"\A[^{quote}]*{quote}(?!\w)") for quote in "'\"`"}


_OF_PATTERNS: Final = re.compile(r"\b(?:[ef]?grep|sed|awk|expr|regex)\b")
_TWO_LETTERS: Final = re.compile(r"[^\W\d_]{2}")


_ORDINAL: Final = re.compile(r"(?:th|st|nd|rd|s)(?![A-Za-z0-9_$])")
_COUNT: Final = re.compile(r"[a-zA-Z]|\(?[a-zA-Z] ?[+\-−] ?\d\)?")
"""What is counted in the $n$th or the $(k+1)$st."""


def _is_latin(sign: str) -> bool:
    return sign.isalnum() and sign.isascii()


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    src = state.src
    pos = state.bMarks[start_line] + state.tShift[start_line]
    if state.is_code_block(start_line) or src[pos : pos + 1] not in ("$", "\\"):
        return False
    opening = src[pos : pos + 2]
    closing, environment = _ENDS.get(opening), _OPENS_ENVIRONMENT.match(src, pos)
    if environment:
        opening, closing = environment[0], f"\\end{{{environment[1]}}}"
    elif closing is None or opening == "\\(":
        return False
    end = src.find(closing, pos + len(opening), min(state.eMarks[end_line - 1], pos + _FARTHEST))
    if end < 0:
        return False
    line = start_line
    while state.eMarks[line] < end + len(closing):
        line += 1
        if line >= end_line or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
    if src[end + len(closing) : state.eMarks[line]].strip():
        return False
    source = state.getLines(start_line, line + 1, state.blkIndent, False).strip()
    content = source if environment else source[len(opening) : -len(closing)]
    if not content.strip() or _CITATION.fullmatch(source):
        return False
    if not environment and not reads_as_tex(content, loose=opening[0] == "\\"):
        return False
    if silent:
        return True
    token = state.push("formula_block", "", 0)
    token.block = True
    token.content, token.markup, token.map = content, source, [start_line, line + 1]
    token.meta = {"display": True}
    state.line = line + 1
    return True
