"""The characters of a source that its HTML no longer shows, and how many of each the marks in the HTML account for."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from common.rendering.highlighting import NAMES
from common.rendering.markdown import render

WITHIN = r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*?"
"""What may be before a block on its line: the marks of the quotes and lists that it is in."""
RULE = re.compile(WITHIN + r"(?:-{3,}|\*{3}|_{3}|\* \* \*)[ \t]*")
FENCE = re.compile(WITHIN + r"(?:(`{3,})([^`]*)|(~{3,})(.*))")
HEADING = re.compile(rf"(?m)^{WITHIN}(#{{1,6}})[ \t].*?(?:[ \t](#+))?[ \t]*$")
DELIMITER_ROW = re.compile(r"[\s>*+\-|:]*")


TYPED = {ord("−"): "-", ord("∗"): "*", ord("′"): "'", ord("″"): "''", 0x2061: "", 0x2063: ""}
"""Signs of a formula as they are typed."""


class Seen(HTMLParser):
    """What a reader sees of HTML: its text, the numbers of its lists, and where its links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: Counter[str] = Counter()
        self.lists: list[tuple[str, int, str]] = []
        self.links: list[tuple[str, int]] = []
        self.cells = self.pres = self.maths = 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.maths += tag == "math"
        self.pres += tag == "pre"
        self.cells += tag in ("td", "th")
        if tag == "code" and self.pres:
            tag = "code in pre"
        if tag == "br" and self.cells:
            tag = "br in cell"
        self.tags[tag] += 1
        if tag in ("ol", "ul"):
            self.lists.append(
                (tag, int(attributes.get("start", 1)), ")" if attributes.get("class") == "paren" else ".")
            )
        if tag == "li":
            kind, number, mark = self.lists.pop()
            number = int(attributes.get("value", number))
            self.lists.append((kind, number + 1, mark))
            self.tags[f"li of {kind}"] += 1
            if kind == "ol":
                self.text += f"{number}{mark}"
        if tag == "a":
            self.links.append((attributes["href"], len(self.text)))

    def handle_endtag(self, tag):
        self.pres -= tag == "pre"
        self.maths -= tag == "math"
        self.cells -= tag in ("td", "th")
        if tag in ("ol", "ul"):
            self.lists.pop()
        if tag == "a":
            href, start = self.links.pop()
            if self.text[start:] != href:
                self.text += href

    def handle_data(self, data):
        self.text += data.translate(TYPED) if self.maths else data


def seen(text: str) -> Seen:
    found = Seen()
    found.feed(render(text))
    found.close()
    return found


def vanished(source: str, found: Seen) -> Counter[str]:
    """Count the characters of the source that are not seen; what is seen must be in the source's order."""
    left = iter(source)
    gone: Counter[str] = Counter()
    for sign in found.text:
        if sign.isspace():
            continue
        for other in left:
            if other == sign:
                break
            gone[other] += not other.isspace()
        else:
            raise AssertionError(f"{sign!r} is seen where the source has none: {found.text!r}")
    gone.update(other for other in left if not other.isspace())
    return +gone


def explained(source: str, found: Seen) -> Counter[str]:
    """Count the marks whose meaning was certain, by the elements that they became. This is the whole list."""
    tags = found.tags
    lines = re.split(r"\r\n?|\n", source)
    marks: Counter[str] = Counter()
    for sign in "*_":  # emphasis that emphasizes
        marks[sign] += 2 * tags["em"] + 4 * tags["strong"]
    marks["~"] += 4 * tags["s"]
    for sign in "-+*":  # bullets; the numbers of lists are seen
        marks[sign] += tags["li of ul"]
    if tags["hr"]:  # rules
        for line in lines:
            if RULE.fullmatch(line):
                marks.update(sign for sign in line if sign in "-*_")  # with the bullet before it, at most
    if tags["code"]:  # code
        marks["`"] += 2 * max(map(len, re.findall("`+", source)), default=0) * tags["code"]
    if tags["pre"]:  # the lines of a fence, with the name of its language
        for line in lines:
            if fence := FENCE.fullmatch(line):
                name = (fence[2] or fence[4] or "").strip()
                marks.update(fence[1] or fence[3])
                marks.update(name if name.lower() in NAMES else "")
    for heading in HEADING.findall(source):  # headings
        if any(tags[f"h{level}"] for level in (3, 4, 5, 6)):
            marks.update("".join(heading))
    if tags["blockquote"]:  # quotes
        marks[">"] += sum(len(re.match(r"[\s>*+\-0-9.)]*", line)[0]) for line in lines)
    if tags["table"]:  # pipes between cells, and the row below the head
        marks["|"] += source.count("|")
        for line in lines:
            if DELIMITER_ROW.fullmatch(line):
                marks.update(sign for sign in line if sign in "-:|")
        marks.update("<br/>" * tags["br in cell"])
    for sign in "[]()<>":  # links: their address is where they lead
        marks[sign] += tags["a"]
    if tags["math"]:  # formulas: what makes scripts and groups of TeX
        marks.update(sign for sign in source if sign in "$^_{}\\()[]~")
    marks["\\"] += len(re.findall(r"\\[-+*_>#|.)]", source))  # a backslash that keeps one of these marks from acting
    return marks


def lost(source: str) -> Counter[str]:
    """Count the characters that vanish unexplained."""
    found = seen(source)
    return vanished(source, found) - explained(source, found)
