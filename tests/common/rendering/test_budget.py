"""The texts of one page share one budget of work."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from django.template.loader import render_to_string

from common.rendering import budget
from common.rendering.budget import Budget
from common.rendering.markdown import MAX_COST, cost, render
from common.rendering.plain import render_plain, render_simply
from common.templatetags import untrusted

LINE = 900_000  # characters of one line's texts, which may have a megabyte


@dataclass(frozen=True)
class Turn:
    text: str
    who: str = "User"
    is_reply: bool = False


def page(earlier: list[str], prompt: str, a: list[str], b: list[str], *, language: str = "") -> str:
    pair = {
        "uuid": "x",
        "language": language,
        "earlier": [Turn(text) for text in earlier],
        "prompt": Turn(prompt),
        "a": [Turn(text, "Assistant") for text in a],
        "b": [Turn(text, "Assistant") for text in b],
    }
    with budget.page():
        return render_to_string("annotation/pair.html", {"pair": pair, "changing": False})


def side(html: str, letter: str) -> str:
    return html.split(f'<section class="response {letter}"')[1].split("</section>")[0]


class TestABudget:
    def test_is_enough_for_a_prompt_and_two_responses_of_the_greatest_weight(self) -> None:
        heaviest = "*a* " * int(MAX_COST / cost("*a* " * 1000) * 1000)
        assert MAX_COST * 0.99 < cost(heaviest) <= MAX_COST

        found = Budget()
        found.decide([heaviest + " ", heaviest + "  "])
        assert [found.lays_out(heaviest + " "), found.lays_out(heaviest + "  "), found.lays_out(heaviest)] == [True] * 3

    def test_leaves_out_what_is_too_heavy_by_itself_and_takes_nothing_for_it(self) -> None:
        found = Budget()
        heavy = "[" * 50_000
        found.decide([heavy, "*a*"])

        assert (found.lays_out(heavy), found.lays_out("*a*")) == (False, True)
        assert budget.MOST - found.left < 1_000

    @pytest.mark.parametrize("text", ["*a* ", "א b 1+2\n", "$x$ ", "a", "> ", "\n", ""])
    def test_ends_whatever_the_text(self, text: str) -> None:
        found = Budget()
        laid_out = 0
        while found.lays_out(text + "x"):
            laid_out += 1

        assert 0 < laid_out <= budget.MOST / 200


class TestAPage:
    def test_shows_all_of_it_laid_out_as_long_as_it_is_ordinary(self) -> None:
        text = "Some **bold** words, `code` and $x^2$.\n\n- one\n- two\n\n" * 30
        html = page([text] * 6, text, [text], [text + "!"])

        assert html.count("<strong>") == 30 * 9
        assert "Shown as it was written" not in html

    def test_shows_beyond_its_budget_every_character_and_says_so(self) -> None:
        text = "*a* <b> $x$ "
        html = page([f"{text * 400} {n}." for n in range(60)], "*The prompt*", ["*First*"], ["*Second*"])

        assert 10 < html.count('<p class="fine">Shown as it was written: ') <= budget.MOST_NOTES
        assert html.count("*a* &lt;b&gt; $x$ " * 400) > 60
        for n in range(60):
            assert html.count(f" {n}.</p>") + html.count(f" {n}.</pre>") == 2
        assert "<em>First</em>" in html
        assert "<em>Second</em>" in html

    def test_lays_out_both_responses_or_neither(self) -> None:
        light, heavy = "*light*", [f"{'*a* ' * 2_000}{n}" for n in range(20)]
        for a, b in (([light], heavy), (heavy, [light]), ([light], [light + "!"])):
            html = page([], "What?", a, b)
            laid_out = ["<em>" in side(html, letter) for letter in "ab"]
            assert laid_out == ([False, False] if heavy in (a, b) else [True, True])
            assert "What?</p>" in html

    def test_looks_the_same_whether_or_not_a_cache_holds_its_texts(self) -> None:
        texts = [f"{'*a* ' * 1_000}{n}" for n in range(30)]
        first = page(texts, "p", ["a"], ["b"])
        for text in texts:
            render(text)

        assert page(texts, "p", ["a"], ["b"]) == first

    def test_begins_with_a_whole_budget(self) -> None:
        heavy = [f"{'*a* ' * 1_000}{n}" for n in range(100)]
        page(heavy, "p", ["a"], ["b"])

        assert "<em>" in page([], "*p*", ["a"], ["b"])
        assert untrusted.rendered("*p*") == render("*p*")

    @pytest.mark.parametrize(
        ("unit", "size"),
        [
            ("> ", 150),
            (r"\(x\) ", 150),
            ("a", 4),
            ("שלום abc 1+2=3, ", 6_000),
        ],
    )
    def test_takes_seconds_at_most_for_the_worst_line(self, unit: str, size: int) -> None:
        body = (unit * (size // len(unit) + 1))[:size]
        texts = [f"{body}{n}" for n in range(LINE // (size + 30))]
        third = len(texts) // 3

        start = time.process_time()
        html = page(texts[:third], texts[-1], texts[third : 2 * third], texts[2 * third : -1], language="he")
        spent = time.process_time() - start

        assert len(re.findall('class="(?:bubble )?raw"', html)) == len(texts)
        assert spent < 6.0  # measured at 1.4 and less; the machine may be four times as slow


class TestPlainText:
    def test_over_budget_has_the_same_characters(self) -> None:
        text = "\n  <b> \0 &amp; שלום\n\n*a*  "
        shown = [re.sub(r"<[^>]*>", "", html(text)) for html in (render_plain, render_simply)]

        assert shown[0] == shown[1]
        assert render_simply("<b>") == '<pre class="plain" tabindex="0" dir="auto">\n&lt;b&gt;</pre>'
