"""Rendered HTML, read back and checked against the allow-list."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from common.rendering.allowlist import ALLOWED_ATTRIBUTES, ALLOWED_CLASSES, ALLOWED_TAGS, ALLOWED_VALUES, LINK_REL
from common.rendering.markdown import render

VOID = {"br", "hr"}


class Reader(HTMLParser):
    """Reads HTML as a list of elements and the text between, and keeps what is open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def check(html: str) -> Reader:
    """Every element and attribute is on the list, everything opened is closed, and nothing else is there."""
    found = read(html)
    assert not found.open
    assert not found.other
    for tag, attributes in found.elements:
        assert tag in ALLOWED_TAGS, tag
        for name, value in attributes.items():
            if name == "class":
                allowed = {"plain"} if tag == "pre" else ALLOWED_CLASSES[tag]
                assert set(value.split()) <= allowed, (tag, value)
            elif tag == "a" and name == "rel":
                assert value == LINK_REL
            elif tag == "a" and name == "href":
                assert re.match(r"(?i)https?://[^@/]+(/|\?|#|$)|mailto:", value), value
            elif name in ALLOWED_ATTRIBUTES.get(tag, ()):
                assert re.fullmatch(r"[-\d.]+(em)?", value), (tag, name, value)
            else:
                assert value in ALLOWED_VALUES[tag][name], (tag, name, value)
    return found


def tags(text: str) -> list[str]:
    return [tag for tag, _ in check(render(text)).elements]


def links(text: str) -> list[str | None]:
    return [attributes.get("href") for tag, attributes in check(render(text)).elements if tag == "a"]
