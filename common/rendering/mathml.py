"""LaTeX to MathML: a formula is drawn as written, or not at all.

``math-core`` converts; what it returns is rebuilt here, element by element, from lists of what is allowed, and checked:
each script has its base, each row is in a table, and every letter and digit of the source is in the drawing. A formula
that fails a check is not drawn, and the reader sees its source. docs/decisions/0007-maths.md compares the converters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from math_core import LatexError, LatexToMathML

from common.rendering.signs import shows_every_sign
from common.rendering.tex import MACROS, MAX_DEPTH, NEVER, UNKNOWN_OPTION, is_bounded, prepared

MAX_FORMULA: Final = 2_000
_TRUTH: Final = frozenset(("true", "false"))
_SCRIPT_LEVELS: Final = frozenset(("0", "1", "2"))
_SIZES: Final = frozenset(("1.2em", "1.623em", "2.047em", "2.470em"))
_SPACES: Final = frozenset(("0", "0.1667em", "0.2222em", "0.2778em"))
_STYLE: Final = {"displaystyle": _TRUTH, "scriptlevel": _SCRIPT_LEVELS}

ENUMERATED: Final[dict[str, dict[str, frozenset[str]]]] = {
    "math": {"display": frozenset(("block", "inline"))},
    "mi": {"mathvariant": frozenset(("normal",))},
    "mo": {
        **dict.fromkeys(("stretchy", "symmetric", "largeop", "movablelimits", "fence", "separator", "accent"), _TRUTH),
        **dict.fromkeys(("minsize", "maxsize"), _SIZES),
        **dict.fromkeys(("lspace", "rspace"), _SPACES),
        "form": frozenset(("prefix", "infix", "postfix")),
    },
    "mfrac": {"linethickness": frozenset(("0",)), **_STYLE},
    "mrow": _STYLE,
    "mstyle": _STYLE,
    "mtable": _STYLE,
    "mover": {"accent": _TRUTH},
    "munder": {"accentunder": _TRUTH},
    "munderover": {"accent": _TRUTH, "accentunder": _TRUTH},
    "mpadded": {"height": frozenset(("0",)), "width": frozenset(("0",)), "depth": frozenset(("0",))},
}
"""Element to attribute to the values it may have."""
_LINES: Final = frozenset(("line-start", "line-end", "line-above", "line-below"))
CLASSES: Final[dict[str, frozenset[str]]] = {
    "mrow": frozenset(("boxed", "overlined", "underlined", "strike-up", "strike-down", "strike-both")),
    "mspace": frozenset(("back",)),
    "mtext": frozenset(("bold", "italic", "mono")),
    "mtable": _LINES,
    "mtd": _LINES | {"to-left", "to-right", "tight-left", "tight-right", "apart"},
}
"""Element to the classes that the stylesheet knows: what Chromium's MathML cannot draw by itself, and alignment."""
_ARITY: Final = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
TAGS: Final = (
    frozenset(ENUMERATED) | frozenset(CLASSES) | frozenset(_ARITY) | frozenset(("mn", "ms", "msqrt", "mtr", "mphantom"))
)
_WORDS: Final = frozenset(("mi", "mn", "mo", "ms", "mtext"))
_WIDTH: Final = re.compile(r"([0-9]{0,2}(?:\.[0-9]{1,8})?)(em|rem)")
_MAX_WIDTH: Final = 4.0

_CONVERTER: Final = LatexToMathML(macros=MACROS)


class _NotDrawable(Exception):
    """A part of the formula is not known, or was lost; its source is shown instead."""


def mathml(source: str, *, display: bool) -> str | None:
    """Return the formula as MathML, or None where its source should be shown.

    That is: it is too long or too deep, holds a definition, is no LaTeX, or the drawing would leave a part of it out.
    """
    if len(source) > MAX_FORMULA or not source.strip() or NEVER.search(source) or not is_bounded(source):
        return None
    tex = prepared(source, display=display)
    markup = None if UNKNOWN_OPTION.search(tex) else _converted(tex, display=display)
    if markup is None:
        return None
    try:
        tree = fromstring(_NAMED.sub(lambda named: html.unescape(named[0]), markup))  # noqa: S314 - of our own making
        drawn = _written(tree, "", 0)
        if not shows_every_sign(source, tree.itertext()) or _covers_signs(tree):
            return None
    except (_NotDrawable, ParseError):
        return None
    return drawn


_NAMED: Final = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)[A-Za-z]+;")


def _converted(tex: str, *, display: bool) -> str | None:
    try:
        return _CONVERTER.convert_with_local_state(tex, displaystyle=display)
    except LatexError:
        return None
    except BaseException as error:
        if (
            type(error).__name__ == "PanicException"
        ):  # what a fault of the compiled converter raises, of no importable class
            return None
        raise


_STRIKES: Final = {
    "box": "boxed",
    "updiagonalstrike": "strike-up",
    "downdiagonalstrike": "strike-down",
    "updiagonalstrike downdiagonalstrike": "strike-both",
}
_DECLARATIONS: Final = {
    "text-align:left": "to-left",
    "text-align:right": "to-right",
    "justify-items:start": "",
    "justify-items:end": "",
    "padding-left:0": "tight-left",
    "padding-right:0": "tight-right",
    "padding-left:1em": "apart",
    **{
        f"border-{side}:0.05em {kind} currentcolor": name
        for side, name in (
            ("left", "line-start"),
            ("right", "line-end"),
            ("top", "line-above"),
            ("bottom", "line-below"),
        )
        for kind in ("solid", "dashed")
    },
}
_TEXT_CLASSES: Final = {"b": "bold", "i": "italic", "code": "mono", "span": ""}
_NAMES: Final = frozenset("∞∅")
"""Signs that are names and not operators, which would be set apart from their neighbors."""


_ACCENTS: Final = {"\u0302": "^", "\u0303": "~", "\u030c": "ˇ", "\u20d7": "→", "\u20db": "⋯"}
"""Combining accents of the converter, and what is drawn: the stretched ones leave their box and are cut off."""


_LAYS_OUT: Final = re.compile(r"[-+=−|∣‖()\[\]{}⟨⟩∫∑∏]{0,3}")
"""What a formula may hold without showing it: signs that make room for those of other lines, and no words."""
_BACK: Final = re.compile(r"\s*margin-left\s*:\s*-")


def _covers_signs(tree: Element) -> bool:
    """Return whether spaces to the left draw a sign over another: one between letters, four between operators."""
    steps = 0
    before_is_operator = False
    for element in tree.iter():
        if element.tag == "mspace":
            steps += bool(_BACK.match(element.get("style", "")))
            continue
        if not (element.text or "").strip():
            continue
        is_operator = element.tag == "mo"
        if steps > (1, 2, 4)[before_is_operator + is_operator]:
            return True
        steps, before_is_operator = 0, is_operator
    return steps > 1 + before_is_operator


def _written(element: Element, parent: str, depth: int) -> str:
    """Return an element as markup, or raise where it is not of the lists."""
    tag, classes = element.tag, []
    attributes = dict(element.attrib)
    children = list(element)
    text = element.text or ""
    if tag == "menclose":
        tag, classes = "mrow", [_STRIKES.get(attributes.pop("notation", ""), "unknown")]
        children = [child for child in children if not child.get("class", "").startswith("menclose-")]
    if tag == "mtext" and children:
        return _styled_text(element)
    if depth > 2 * MAX_DEPTH or tag not in TAGS or attributes.pop("class", None) is not None:
        raise _NotDrawable(tag)
    if tag == "mphantom" and not _LAYS_OUT.fullmatch("".join("".join(element.itertext()).split())):
        raise _NotDrawable(tag)  # what nobody would see
    if len(children) != _ARITY.get(tag, len(children)) or (children and tag in _WORDS):
        raise _NotDrawable(tag)
    if (tag == "mtr") != (parent == "mtable") or (tag == "mtd") != (parent == "mtr"):
        raise _NotDrawable(tag)
    if text.strip() and tag not in _WORDS:
        raise _NotDrawable(text)
    if tag == "mtable":
        children, more = _without_last_line(children)
        classes += more
    classes += _classes(tag, attributes.pop("style", ""))
    if not set(classes) <= CLASSES.get(tag, frozenset()):
        raise _NotDrawable(tag)
    if tag == "mo" and text in _NAMES:
        tag, attributes = "mi", {}
    if tag in ("mover", "munder") and children[1].text == "\u0332":  # a line is a border: glyphs for it leave their box
        return f'<mrow class="{tag[1:]}lined">{_written(children[0], tag, depth + 1)}</mrow>'
    if tag == "mo" and unicodedata.combining(text[:1] or " "):
        text = _ACCENTS.get(text, "")
        attributes["stretchy"] = "false"
        if not text:
            raise _NotDrawable("accent")
    if tag in _ARITY and tag != "mfrac":
        for script in children[1:]:
            for table in script.iter("mtable"):
                table.attrib.pop("scriptlevel", None)  # rows below a sum are as small as one line is
    inner = "".join(_written(child, tag, depth + 1) for child in children)
    if tag in ("msup", "msub", "msubsup") and children[0].get("minsize"):
        base = _written(children[0], tag, depth + 1)
        inner = f"<mrow>{base}<mphantom></mphantom></mrow>" + inner[len(base) :]
    return f"<{tag}{_class(' '.join(classes))}{_attributes(tag, attributes)}>{html.escape(text)}{inner}</{tag}>"


def _attributes(tag: str, attributes: dict[str, str]) -> str:
    allowed = ENUMERATED.get(tag, {})
    found = []
    for name, value in attributes.items():
        if tag == "mspace" and name == "width":
            found.append(f' width="{_width(value)}"')
        elif value in allowed.get(name, ()):
            found.append(f' {name}="{value}"')
        else:
            raise _NotDrawable(f"{tag} {name}")
    return "".join(found)


def _width(value: str) -> str:
    """Return the width of a space, within bounds: a formula must not leave its place."""
    found = _WIDTH.fullmatch(value)
    if value == "0":
        return "0em"
    if not found or not found[1] or float(found[1]) > _MAX_WIDTH:
        raise _NotDrawable(value)
    return f"{float(found[1]):.4g}em"


def _classes(tag: str, style: str) -> list[str]:
    """Return the classes for an inline style, which no page may hold; colors are left out."""
    found = []
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        plain = re.sub(r"\s*:\s*", ":", declaration)
        if tag in ("mtd", "mtable") and plain in _DECLARATIONS:
            found.append(_DECLARATIONS[plain])
        elif tag == "mspace" and re.fullmatch(r"margin-left:-0?\.[0-9]+em", plain):
            found.append("back")
        elif tag in ("mspace", "mfrac", "mpadded") and re.fullmatch(
            r"(?:width|padding-(?:top|left|right)):[0-9.]+r?em|padding-(?:left|right):0", plain
        ):
            continue  # of a space its width again; else a hair of space around an operator, or above a fraction
        elif not plain.startswith("color:"):
            raise _NotDrawable(declaration)
    return [name for name in dict.fromkeys(found) if name]


def _styled_text(element: Element) -> str:
    """Return text that the converter wrapped in HTML elements as text with a class."""
    classes: list[str] = []
    inner = element
    while len(inner):
        if (
            len(inner) > 1
            or (inner.text or "").strip()
            or inner[0].tag not in _TEXT_CLASSES
            or (inner[0].tail or "").strip()
        ):
            raise _NotDrawable("text")
        inner = inner[0]
        classes.append(_TEXT_CLASSES[inner.tag])
    named = " ".join(dict.fromkeys(name for name in classes if name))
    return f"<mtext{_class(named)}>{html.escape(inner.text or '')}</mtext>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _without_last_line(rows: list[Element]) -> tuple[list[Element], list[str]]:
    """Drop the empty row after a last ``\\\\``; where it only holds a line, draw that below the table."""
    if len(rows) < 2 or any(len(cell) or (cell.text or "").strip() for cell in rows[-1]):
        return rows, []
    lined = any("border-top" in cell.get("style", "") for cell in rows[-1])
    return rows[:-1], ["line-below"] if lined else []
