"""What HTML of an untrusted text may hold, and the sanitizer that enforces it, last of all steps."""

from __future__ import annotations

from typing import Final

import nh3

from common.rendering.formulas import ENUMERATED, TAGS
from common.rendering.highlighting import CODE_CLASSES

DIRECTED: Final = frozenset(("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "th", "td"))
_HTML_TAGS: Final = "p h3 h4 h5 h6 ul ol li blockquote pre code span div table thead tbody tr th td em strong s a br hr"

ALLOWED_TAGS: Final = frozenset(_HTML_TAGS.split()) | TAGS
ALLOWED_CLASSES: Final[dict[str, frozenset[str]]] = {
    "span": CODE_CLASSES,
    "div": frozenset(("scroll", "formula")),
    "th": frozenset(("num",)),
    "td": frozenset(("num",)),
}
ALLOWED_VALUES: Final[dict[str, dict[str, frozenset[str]]]] = {
    **{tag: {"dir": frozenset(("auto",))} for tag in DIRECTED},
    "th": {"dir": frozenset(("auto",)), "scope": frozenset(("col",))},
    "table": {"dir": frozenset(("rtl",))},
    "pre": {"tabindex": frozenset(("0",)), "dir": frozenset(("ltr",))},
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
