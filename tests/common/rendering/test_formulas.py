"""Formulas: which are recognized, and what is drawn of them."""

from __future__ import annotations

import pytest

from common.rendering.formulas import mathml
from common.rendering.markdown import render
from tests.common.rendering.reading import check, tags


class TestFormulas:
    def test_do_not_set_infinity_apart_like_an_operator(self):
        assert "<mi>∞</mi>" in (mathml(r"x \to \infty", display=False) or "")

    @pytest.mark.parametrize("text", [r"$x^2$", r"\(x^2\)", r"$$x^2$$ inline", r"so \[x^2\] it is"])
    def test_in_a_line_become_mathml(self, text):
        assert {"math", "msup"} <= set(tags(text))

    @pytest.mark.parametrize(
        "text",
        ["$$\nx^2\n$$", "\\[\nx^2\n\\]", "\\[ x^2 \\]", "text\n\\[\n- x^2\n\\]", "\\begin{align}\nx^2 &= 1\n\\end{align}", "> $$\n> x^2\n> $$", "- a\n\n  $$\n  x^2\n  $$"],
    )  # fmt: skip
    def test_of_their_own_can_scroll(self, text):
        found = check(render(text)).elements
        assert ("div", {"class": "formula", "tabindex": "0", "role": "group", "aria-label": "Formula"}) in found
        assert ("math", {"display": "block"}) in found

    @pytest.mark.parametrize(
        "text", ["$5 and $10", "US$5 or AU$6", "$ x $", "costs $5", r"\$x\$", "`$x$`", "a$x$b", "$$", "$$$"]
    )
    def test_are_not_seen_in_money_and_code(self, text):
        assert "math" not in tags(text)

    @pytest.mark.parametrize(
        "source",
        [r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\begin{cases}a&b\\c&d\end{cases}", r"\boxed{x}", r"\binom{n}{k}", r"\begin{gathered}a\\b\end{gathered}", r"a\\b", r"\text{if } x<1", r"\underbrace{a+b}_{n}", r"a=b\label{e}\nonumber"],
    )  # fmt: skip
    def test_of_these_kinds_are_drawn(self, source):
        drawn = mathml(source, display=True)
        assert drawn
        check(drawn)
        assert render(f"$${source}$$").count("<math") == 1

    @pytest.mark.parametrize(
        "source",
        [
            r"\def\a{\a\a}\a",
            r"\edef\a{\a}",
            r"\newcommand{\x}{y}\x",
            r"\rule{9e9em}{9e9em}",
            r"\href{javascript:alert(1)}{x}",
            r"\htmlData{x=1}{y}",
            r"\html@mode{x}",
            r"\class{verdict}{x}",
            r"\style{position:fixed}{x}",
            r"\includegraphics{http://x/y.png}",
            r"\input{/etc/passwd}",
            r"\frac{a",
            r"\left( x",
            r"x^{",
            r"a & b",
            r"\nosuchcommand{x}",
            "x^{" * 300 + "}" * 300,
            "x" * 2001,
        ],
    )
    def test_that_cannot_be_drawn_show_their_source(self, source):
        for text in (f"$${source}$$", f"so $${source}$$ it is"):
            found = check(render(text))
            assert "math" not in {tag for tag, _ in found.elements}
            assert source in found.text

    def test_hold_no_markup_of_their_text(self):
        found = check(render(r"$\text{<img src=x onerror=alert(1)><script>alert(1)</script>}$"))
        assert not {"img", "script"} & {tag for tag, _ in found.elements}
        found = check(render("$<img src=x onerror=alert(1)>\\frac$"))
        assert "<img src=x onerror=alert(1)>" in found.text

    def test_beyond_two_hundred_show_their_source(self):
        found = tags("$x$ and " * 500)
        assert found.count("math") == 200
        assert found.count("code") == 300

    def test_have_no_room_to_grow(self):
        html = render(r"$a\hspace{99999em}b \raise{9999em}{x}$ $\color{red}x$ $\Huge x$")
        check(html)
        assert "9999" not in html
