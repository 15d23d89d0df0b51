"""Marks in a line of markdown. A mark acts, and vanishes, only where its meaning is certain; else it stays as written.

``1*2*3``, ``*.tmp``, ``__init__`` and ``C:\\_old`` are no emphasis and no escape. References of characters (``&lt;``),
addresses in angle brackets and images are shown as they were written, since what they would become cannot be told apart
from what was meant, or is not shown at all.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkLabel
from markdown_it.helpers.parse_link_title import parseLinkTitle
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.backticks import backtick
from markdown_it.rules_inline.image import image
from markdown_it.rules_inline.link import link
from markdown_it.rules_inline.state_inline import Delimiter

_LAST_SPACED: Final = 0x590
"""Letters of Latin, Greek, Cyrillic and Armenian are below: scripts that set spaces between words."""
_BEFORE_OPENING: Final = frozenset("([{\"'“‘«„‹¿¡—–|<>*_~")
_BEFORE_STRONG_OPENING: Final = _BEFORE_OPENING | frozenset("-/:;,.!?+=&…”’»")
_AFTER_OPENING: Final = frozenset(".,;:!?)]}/%*…")
_AFTER_CLOSING: Final = frozenset(".,;:!?)]}\"'”’»›…—–|<*_~")
_AFTER_STRONG_CLOSING: Final = _AFTER_CLOSING | frozenset("-/([+=&“‘«")
_NAME: Final = re.compile(r"\w[\w.\-/]*")
_LONGEST_NAME: Final = 80


def certain_marks(md: MarkdownIt) -> None:
    """Replace the parser's rules for marks in a line with ones that act only where it is certain."""
    md.disable(["entity", "autolink", "html_inline"])
    md.inline.ruler.at("emphasis", _emphasis)
    md.inline.ruler.at("strikethrough", _never)
    md.inline.ruler.at("backticks", _code)
    md.inline.ruler.at("escape", _escape)
    md.inline.ruler.at("link", _link)
    md.inline.ruler.at("image", _image)
    md.inline.ruler2.before("balance_pairs", "lengths", _part_lengths)
    md.inline.ruler2.after("balance_pairs", "certain", _keep_certain)
    # a title has no place on the page: a link that has one is shown as it was written
    md.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkLabel=parseLinkLabel,
        parseLinkDestination=parseLinkDestination,
        parseLinkTitle=lambda string, start, maximum, *rest: parseLinkTitle("", 0, 0),
    )


def _never(state: StateInline, silent: bool) -> bool:
    return False


def _is_word(sign: str) -> bool:
    """Return whether a character belongs to a word of a script with spaces: a mark beside it is inside that word."""
    return sign.isalnum() and (ord(sign) < _LAST_SPACED or 0x1E00 <= ord(sign) < 0x2000)


def _is_free(sign: str, allowed: frozenset[str]) -> bool:
    """Return whether a mark may begin or end beside this character; ``""`` is the edge of the text."""
    return not sign or sign.isspace() or sign in allowed or (not _is_word(sign) and ord(sign) >= _LAST_SPACED)


def _opens(before: str, after: str, *, strong: bool) -> bool:
    return (
        bool(after)
        and not after.isspace()
        and after not in _AFTER_OPENING
        and _is_free(before, _BEFORE_STRONG_OPENING if strong else _BEFORE_OPENING)
    )


def _closes(before: str, after: str, beyond: str, *, strong: bool) -> bool:
    return (
        bool(before)
        and not before.isspace()
        and before not in "([{"
        and _is_free(after, _AFTER_STRONG_CLOSING if strong else _AFTER_CLOSING)
        and not (after in (".", ":", "-") and beyond.isalnum() and _is_word(beyond))  # of a file name or an option
    )


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Push each mark of a run as text, and as a delimiter that may be paired."""
    src, start = state.src, state.pos
    marker = src[start]
    if silent or marker not in "*_~":
        return False
    end = start + 1
    while end < state.posMax and src[end] == marker:
        end += 1
    length = end - start
    width = 2 if marker == "~" else 1
    before, after = src[start - 1 : start], src[end : min(end + 1, state.posMax)]
    quoted = bool(before) and before == after and not before.isspace()
    strong = length >= 2
    opens = not quoted and length <= 3 and length % width == 0 and _opens(before, after, strong=strong)
    closes = (
        not quoted
        and length <= 3
        and length % width == 0
        and _closes(before, after, src[end + 1 : end + 2], strong=strong)
    )
    for _ in range(length // width if length % width == 0 else 1):
        token = state.push("text", "", 0)
        token.content = marker * (width if length % width == 0 else length)
        if opens or closes:
            state.delimiters.append(
                Delimiter(
                    marker=ord(marker),
                    length=0 if marker == "~" else length,
                    token=len(state.tokens) - 1,
                    end=-1,
                    open=opens,
                    close=closes,
                )
            )
    state.pos = end
    return True


_OF_TWO: Final = 1 << 24
"""Added to the marker of a mark of two while marks are paired."""


def _delimiters(state: StateInline) -> list[list[Delimiter]]:
    return [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta)]


def _part_lengths(state: StateInline) -> None:
    """Let marks of one and of two pair with their own kind alone, as in ``**A* search**``, where none of three may end both."""
    for delimiters in _delimiters(state):
        if all(mark.length != 3 for mark in delimiters):
            for mark in delimiters:
                mark.marker += _OF_TWO if mark.length == 2 else 0


def _keep_certain(state: StateInline) -> None:
    """Undo pairs around no letter or digit, as of faces and ornaments, pairs of one mark and two, and names as ``__init__``."""
    for delimiters in _delimiters(state):
        for mark in delimiters:
            mark.marker %= _OF_TWO
    words = _words_before(state)
    brackets = _Brackets(state)
    for delimiters in _delimiters(state):
        for opening in delimiters:
            if opening.end < 0:
                continue
            closing = delimiters[opening.end]
            start, end = opening.token + 1, closing.token
            unequal = opening.length != closing.length and 3 not in (opening.length, closing.length)
            is_face = opening.length == 1 and _is_face(state, start - 1, end)
            # the stars of a cast or a pointer: brackets or quotes begin on one side of a mark and end on the other
            crossing = opening.length == 1 and opening.marker == ord("*") and not brackets.balanced(start, end)
            is_pattern = opening.length == 1 and opening.marker == ord("*") and _is_pattern(state, start, end)
            if words[start] == words[end] or unequal or is_face or crossing or is_pattern:
                opening.end = -1
            elif opening.marker == ord("_"):
                inside = _beginning(state, start, end)
                is_name = len(inside) <= _LONGEST_NAME and _NAME.fullmatch(inside.strip("_*~"))
                if is_name or (opening.length == 1 and _ends_in_name(state, start, end)):
                    opening.end = -1


class _Brackets:
    """Where brackets and straight quotes of the text stand, so that a part is known to be balanced without reading it again."""

    def __init__(self, state: StateInline) -> None:
        texts = [token.content if token.type in _OF_TEXT else "" for token in state.tokens]
        signs = [_BRACKET.findall(text) for text in texts]
        self.depths = [(0, 0, 0)]
        self.count, self.quotes = [0], [0]
        self.first, self.last = [""] * (len(texts) + 1), [""]
        for text, found in zip(texts, signs, strict=True):
            opened = (found.count(one) - found.count(other) for one, other in ("()", "[]", "{}"))
            self.depths.append(tuple(map(int.__add__, self.depths[-1], opened)))  # type: ignore[arg-type]
            self.count.append(self.count[-1] + len(found))
            self.quotes.append(self.quotes[-1] + text.count('"'))
            self.last.append(found[-1] if found else self.last[-1])
        for at in range(len(texts) - 1, -1, -1):
            self.first[at] = signs[at][0] if signs[at] else self.first[at + 1]

    def balanced(self, start: int, end: int) -> bool:
        """Whether what opens between two tokens closes there too, and nothing else does."""
        quotes = self.quotes[end] - self.quotes[start]
        if self.depths[start] != self.depths[end] or quotes % 2 or (quotes and self.quotes[start] % 2):
            return False
        if self.count[start] == self.count[end]:
            return True
        return self.first[start] not in ")]}" and self.last[end] not in "([{"


_BRACKET: Final = re.compile(r"[()\[\]{}]")
_OF_TEXT: Final = frozenset(("text", "text_special"))


def _words_before(state: StateInline) -> list[int]:
    """Return how many of the tokens before each have a letter or a digit, or are code or a formula."""
    found = [0]
    for token in state.tokens:
        holds = token.type not in _OF_TEXT or any(sign.isalnum() for sign in token.content)
        found.append(found[-1] + (holds and bool(token.content)))
    return found


_FACE: Final = re.compile(r"[^\w\s]*\w[^\w\s]*")


def _is_face(state: StateInline, opening: int, closing: int) -> bool:
    """Return whether brackets close around two marks and one letter with a sign beside it, or one eye: ``(*^o^*)``, ``(*ω*)``."""
    inside = _beginning(state, opening + 1, closing)
    if len(inside) > 5 or not _FACE.fullmatch(inside) or inside.isdigit():
        return False
    before = state.tokens[opening - 1].content[-1:] if opening else ""
    after = state.tokens[closing + 1].content[:1] if closing + 1 < len(state.tokens) else ""
    return (before + after) in ("()", "（）", "[]", "<>")


_BEFORE_PATTERN: Final = re.compile(r"(?:\A|\s)(?:--?[A-Za-z][\w\-]*[ =]|\* )\Z")


def _is_pattern(state: StateInline, start: int, end: int) -> bool:
    """Return whether stars around a single word are those of files' names, after an option or another star, or of a face."""
    inside = _beginning(state, start, end)
    if len(inside) > _LONGEST_NAME or " " in inside:
        return False
    before = ""
    for at in range(start - 2, max(-1, start - 12), -1):
        before = state.tokens[at].content + before
        if len(before) > _LONGEST_NAME:
            break
    return inside == "\\o/" or _BEFORE_PATTERN.search(before[-_LONGEST_NAME:]) is not None


def _ends_in_name(state: StateInline, start: int, end: int) -> bool:
    """Return whether the last word of a part has a mark inside: ``_id, user_id_`` are two names, and no emphasis."""
    found = ""
    for at in range(end - 1, start - 1, -1):
        found = (state.tokens[at].content or " ") + found
        if len(found) > _LONGEST_NAME or " " in found:
            break
    return "_" in found.rpartition(" ")[2].strip("_")


def _beginning(state: StateInline, start: int, end: int) -> str:
    found = ""
    for at in range(start, end):
        found += state.tokens[at].content or " "
        if len(found) > _LONGEST_NAME or " " in found:
            break
    return found


def _code(state: StateInline, silent: bool) -> bool:
    """Keep backticks that stand apart on both sides, as in "the ` key and the ` key", as text."""
    start, known = state.pos, len(state.tokens)
    if not backtick(state, silent):
        return False
    if not silent and len(state.tokens) > known and state.tokens[-1].type == "code_inline":
        token = state.tokens[-1]
        inside = state.src[start + len(token.markup) : state.pos - len(token.markup)]
        if "`" not in inside and (not inside.strip() or (inside[0].isspace() and inside[-1].isspace())):
            token.type, token.tag, token.markup = "text", "", ""
            token.content = state.src[start : state.pos]
    return True


_AT_LINE_START: Final = re.compile(
    r"(?:\A|(?<=\n))[ \t]*(?:\\(?:[-+*>](?=[ \t])|#{1,6}(?=[ \t]))|\d{1,9}\\[.)](?=[ \t]))"
)
_LONGEST_RUN: Final = 6
"""Characters of three marks with their backslashes: longer runs mean no pair, and are not read to their end."""
_ESCAPED_RUN: Final = {sign: re.compile(rf"(?:\\{re.escape(sign)}){{1,4}}") for sign in "*_"}
_FARTHEST: Final = 400


def _escape(state: StateInline, silent: bool) -> bool:
    """Let a backslash vanish where it takes its meaning from the mark of a block or from a pair of marks; else keep it."""
    src, pos = state.src, state.pos
    if src[pos] != "\\":
        return False
    following = src[pos + 1 : pos + 2] if pos + 1 < state.posMax else ""
    width = 2 if following and following.isascii() and not following.isalnum() and not following.isspace() else 1
    vanishes = width == 2 and (_protects_block(src, pos) or (following in "*_" and _protects_pair(src, pos, following)))
    if not silent:
        token = state.push("text_special", "", 0)
        token.content = following if vanishes else src[pos : pos + width]
        token.markup = src[pos : pos + width]
        token.info = "escape"
    state.pos = pos + width
    return True


def _protects_block(src: str, pos: int) -> bool:
    start = src.rfind("\n", max(0, pos - 20), pos) + 1 if "\n" in src[max(0, pos - 20) : pos] else 0
    if pos - start > 20:
        return False
    found = _AT_LINE_START.match(src, start)
    return found is not None and start <= pos < found.end()


def _protects_pair(src: str, pos: int, sign: str) -> bool:
    """Return whether escaped marks enclose words, which they would emphasize without their backslashes."""
    start = pos
    while src[start - 2 : start] == f"\\{sign}" and start >= 2:
        start -= 2
        if pos - start > _LONGEST_RUN:
            return False
    run = _ESCAPED_RUN[sign].match(src, start)
    if run is None or run.end() - start > _LONGEST_RUN:
        return False
    if _escaped_opens(src, run):
        closing = _ESCAPED_RUN[sign].search(src, run.end(), run.end() + _FARTHEST)
        return closing is not None and closing[0] == run[0] and _escaped_closes(src, closing)
    if not _escaped_closes(src, run):
        return False
    last = src.rfind(run[0], max(0, start - _FARTHEST), start)
    opening = _ESCAPED_RUN[sign].match(src, last) if last >= 0 else None
    return opening is not None and opening[0] == run[0] and _escaped_opens(src, opening)


def _escaped_opens(src: str, run: re.Match[str]) -> bool:
    before, after = src[run.start() - 1 : run.start()] if run.start() else "", src[run.end() : run.end() + 1]
    return after.isalnum() and (not before or before.isspace() or before in "([{\"'“‘«")


def _escaped_closes(src: str, run: re.Match[str]) -> bool:
    before, after = src[run.start() - 1 : run.start()] if run.start() else "", src[run.end() : run.end() + 1]
    return (
        bool(before)
        and not before.isspace()
        and before != "\\"
        and (not after or after.isspace() or after in ".,;:!?)]}\"'”’»")
    )


_NO_ADDRESS: Final = re.compile(r"\(\s*(?:<\s*>\s*)?\)")


def _link(state: StateInline, silent: bool) -> bool:
    """Show the address of a link without words; without an address there is no link."""
    if state.src[state.pos] != "[":
        return False
    label_end = parseLinkLabel(state, state.pos, True)
    if label_end < 0 or state.src[label_end + 1 : label_end + 2] != "(" or _NO_ADDRESS.match(state.src, label_end + 1):
        return False
    known = len(state.tokens)
    if not link(state, silent):
        return False
    if not silent and len(state.tokens) > known and state.tokens[-1].type == "link_close":
        opening = next(at for at in range(len(state.tokens) - 1, -1, -1) if state.tokens[at].type == "link_open")
        if not any(token.content.strip() for token in state.tokens[opening + 1 : -1]):
            del state.tokens[opening + 1 : -1], state.tokens_meta[opening + 1 : -1]  # blanks and line ends
            closing = state.tokens.pop()
            meta = state.tokens_meta.pop()
            token = state.push("text", "", 0)
            token.content = str(state.tokens[opening].attrs["href"])
            state.tokens.append(closing)
            state.tokens_meta.append(meta)
    return True


_BLANKS: Final = re.compile(r"\s*")


def _image(state: StateInline, silent: bool) -> bool:
    """Show an image, which is never fetched, as it was written; its address is a link, where it is not in one."""
    src, start = state.src, state.pos
    if src[start : start + 2] != "![":
        return False
    label_end = parseLinkLabel(state, start + 1, False)
    if label_end < 0 or src[label_end + 1 : label_end + 2] != "(" or _NO_ADDRESS.match(src, label_end + 1):
        return False
    address = _BLANKS.match(src, label_end + 2).end()  # type: ignore[union-attr]
    found = parseLinkDestination(src, address, state.posMax)
    href = state.md.normalizeLink(found.str) if found.ok else ""
    if not state.md.validateLink(href) or not image(state, True):
        return False
    if silent:
        return True
    if state.linkLevel or src[address] == "<":
        _push_text(state, src[start : state.pos])
        return True
    _push_text(state, src[start:address])
    state.push("link_open", "a", 1).attrs = {"href": href}
    _push_text(state, src[address : found.pos])
    state.push("link_close", "a", -1)
    _push_text(state, src[found.pos : state.pos])
    return True


def _push_text(state: StateInline, content: str) -> None:
    state.push("text", "", 0).content = content
