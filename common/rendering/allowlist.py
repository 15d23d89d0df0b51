"""What HTML of an untrusted text may hold, and the sanitizer that enforces it, last of all steps."""

from __future__ import annotations

from typing import Final

import nh3

from common.rendering.highlighting import CODE_CLASSES
from common.rendering.mathml import CLASSES, ENUMERATED, TAGS
from common.rendering.tables import MAX_SPAN

_DIRECTED: Final = ("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table", "span", "code")
_DIRECTIONS: Final = frozenset(("ltr", "rtl"))
_HTML_TAGS: Final = "p h3 h4 h5 h6 ul ol li blockquote pre code span div table thead tbody tr th td em strong s a br hr"

ALLOWED_TAGS: Final = frozenset(_HTML_TAGS.split()) | TAGS
ALLOWED_CLASSES: Final[dict[str, frozenset[str]]] = {
    "span": CODE_CLASSES,
    "div": frozenset(("scroll", "formula")),
    "th": frozenset(("num",)),
    "td": frozenset(("num",)),
    "ol": frozenset(("paren",)),
    **CLASSES,
}
ALLOWED_VALUES: Final[dict[str, dict[str, frozenset[str]]]] = {
    **{tag: {"dir": _DIRECTIONS} for tag in _DIRECTED},
    "th": {"scope": frozenset(("col",))},
    "td": {"colspan": frozenset(map(str, range(2, MAX_SPAN + 1)))},
    "pre": {"tabindex": frozenset(("0",)), "dir": _DIRECTIONS},
    "div": {
        "tabindex": frozenset(("0",)),
        "role": frozenset(("group",)),
        "aria-label": frozenset(("Table", "Formula")),
    },
    **ENUMERATED,
}
ALLOWED_ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    "a": frozenset(("href",)),
    "ol": frozenset(("start",)),
    "li": frozenset(("value",)),
    "mspace": frozenset(("width",)),
}
LINK_REL: Final = "noopener noreferrer nofollow"

SANITIZER: Final = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags={"script", "style"},
    attributes={"*": set(), **{tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()}},  # "*" has a default
    tag_attribute_values={
        tag: {name: set(values) for name, values in names.items()} for tag, names in ALLOWED_VALUES.items()
    },
    allowed_classes={tag: set(names) for tag, names in ALLOWED_CLASSES.items()},
    strip_comments=True,
    link_rel=LINK_REL,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    generic_attribute_prefixes=set(),
)
