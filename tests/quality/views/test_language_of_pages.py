"""The language of pages on very little and on opposed data: singulars, true minus signs, no contradiction."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from annotation.models import Member, Project
from tests.cast import Person
from tests.computed import computed, imported, lines
from tests.pages import opens

HERE = "/p/everyday"
PLURALS = "pairs|judgements|annotators|annotations|confidences|verdicts|lines|models|people|days|comparisons|others|messages|reasons"


def readable(page: str) -> str:
    """The page as text, names of charts and rows of their tables included."""
    page = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', page))
    page = re.sub(r"<svg.*?</svg>", " ", page, flags=re.S)
    text = re.sub(r"<[^>]+>", "\n", page) + "\n" + labels
    return re.sub(r"[ \u00a0]+", " ", html.unescape(text))


def wrong(text: str) -> list[str]:
    """Phrases of a page that are not English or not typography."""
    plural = rf"(?<![\d.,–])1 (?:\w+ )?(?:{PLURALS})\b[^\n]{{0,20}}"
    minus = r"(?<![\w.:/-])-\d[^\n]{0,20}"
    same = r"(?<![\d.])(\d[\d.,]*)–\1(?![\d.,])"
    return [found[0] for pattern in (plural, minus, same) for found in re.finditer(pattern, text)]


def few(pairs: int, *, gold: int, judges: int, opposed: bool = False) -> list[dict[str, Any]]:
    made = lines(pairs, gold=gold, models=("m1", "m2"))
    for record in made:
        record["judgements"] = record["judgements"][:judges]
        if opposed:
            for at, judgement in enumerate(record["judgements"]):
                judgement["verdict"] = "ab"[at % 2]
    return made


@pytest.mark.parametrize(
    "given",
    [
        {"pairs": 1, "gold": 0, "judges": 1},
        {"pairs": 1, "gold": 1, "judges": 1},
        {"pairs": 2, "gold": 1, "judges": 2},
        {"pairs": 3, "gold": 1, "judges": 2, "opposed": True},
        {"pairs": 25, "gold": 1, "judges": 2, "opposed": True},
        {"pairs": 60, "gold": 20, "judges": 4},
    ],
    ids=str,
)
def test_every_page_is_written_in_plain_english(given: dict[str, Any], project: Project, alice: Person) -> None:
    imported(project, *few(**given))
    computed(project)
    numbers = Member.objects.filter(project=project, user=None).values_list("number", flat=True)
    pages = ["", "annotators", "gold", "ratings", "imports", "members", *(f"annotators/{n}" for n in numbers)]
    for page in pages:
        text = readable(opens(alice, f"{HERE}/{page}"))
        assert wrong(text) == [], page
        assert not ("Nobody has judged it yet" in text and "are right" in text), page


def test_finds_what_is_wrong() -> None:
    text = "n = 1 gold judgements\nfrom 1 annotator, 21 pairs\nκ -0.2 (−0.3)\n4–4 and 4–4.5\n2026-11-28"
    assert wrong(text) == ["1 gold judgements", "-0.2 (−0.3)", "4–4"]
