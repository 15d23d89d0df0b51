"""Formulas: which are recognized, and what is drawn of them."""

from __future__ import annotations

import re
import time

import pytest

from common.rendering.markdown import render
from common.rendering.mathml import mathml
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
        assert not re.findall('="[^"]*9999', html)


class TestDollarsOfShells:
    @pytest.mark.parametrize(
        "text",
        [
            "echo $LINE | grep '^foo$'",
            "cat $F | grep -E '^a$'",
            "ls $D|grep '^x$'",
            "$str -match '^abc$'",
            "SELECT $1 ~ '^x$', $2",
            "sort $F; grep 'x_{1}$'",
            'grep "^$x_1$" f',
            'sed "s/$a_1$/b/" f',
            "awk '$1 ~ /x_1$/ {print $2}'",
            "$f =~ /v_2$/",
            "egrep -v $X_1|^y$",
            "rename 's/^$a(.*)_1$/x/'",
            "if ($f =~ /x^2$/) {}",
        ],
    )
    def test_stay(self, text):
        assert "math" not in tags(text)

    @pytest.mark.parametrize("content", ["|x|^p", "g''^2", "a'_1", r"x \sim N(0,1)", "P(A|B)^2", "x - y", "f'(x)"])
    def test_are_told_from_formulas_with_the_same_signs(self, content):
        assert "math" in tags(f"so ${content}$ it is")

    def test_may_be_next_to_a_slash(self):
        assert tags("at $v_1$/$t_1$ it is").count("math") == 2


class TestDollars:
    @pytest.mark.parametrize(
        "content",
        ["x", "E = mc^2", "x_1 > x_2", "2x + 3 = 7", "(x, y)", "f(x)", "n!", "5", "3.14", "-1", "2k", "1/2", "AB", "ABC", "|x|", "[0,1]", "f'(x)", r"\alpha", r"\frac{1}{2}", r"x \in \mathbb{R}", r"\text{if } x > 0", r"\int_0^1 x dx", r"O(n \log n)", r"\{1,2\}", "10^{23}", "{}^{14}C", r"30^\circ", "e^{-x} dx", r"Area = length \times width", r"\text{the cost of it} = 5\%"],
    )  # fmt: skip
    def test_around_tex_enclose_a_formula(self, content):
        assert "math" in tags(f"so ${content}$ it is")

    @pytest.mark.parametrize(
        "content",
        ["between", "5 and ", "100 to 200", "body", "PATH", "name", "my_var", "user_id", "HOME/bin:", "{name}", "(pwd)/", "1,000", "10-20", "5-", "50k+", "5)-(", "|^[0-9]", "BEGIN", "a = 5; b", "see note", "Total Cost = x_1", "The cost = 5 + 6", "foo(bar)", "x_max", "5 million", "120降到", "票价"],
    )  # fmt: skip
    def test_around_anything_else_stay(self, content):
        text = f"so ${content}$ it is"
        assert "math" not in tags(text)
        assert check(render(text)).text.strip() == text
        assert "math" not in tags(f"$${content}$$")

    @pytest.mark.parametrize("text", ["a$x$b", "5$x$", "$x$5", "$$x$", "$x$$", "$x$(y)", "${x}${y}", r"\$x\$", "`$x$`"])
    def test_beside_letters_digits_and_other_dollars_stay(self, text):
        assert "math" not in tags(text)

    def test_may_touch_words_of_scripts_without_spaces(self):
        assert "math" in tags("设$x_1$为变量")
        assert "math" not in tags("票价从$120降到$6.40")

    @pytest.mark.parametrize("text", ["CO$_2$", "5 m$^2$", "H$_{2}$O", r"20$^\circ$C"])
    def test_may_set_an_index_or_a_power_on_a_word(self, text):
        assert "math" in tags(text)

    @pytest.mark.parametrize("text", ["the $n$th term", "the $k$-th", "the $(n+1)$st", "two $x$s"])
    def test_may_be_counted(self, text):
        assert "math" in tags(text)

    @pytest.mark.parametrize(
        ("text", "drawn"),
        [(r"$50\%$", "50%"), (r"$\$5.99$", "$5.99"), (r"\(\$5\)", "$5"), (r"\(5\%\)", "5%"), (r"$\text{cost} = \$5$", "cost=$5")],
    )  # fmt: skip
    def test_may_hold_an_escaped_sign_of_an_amount(self, text, drawn):
        found = check(render(f"so {text} it is"))
        assert "math" in {tag for tag, _ in found.elements}
        assert f"so {drawn} it is" in found.text

    @pytest.mark.parametrize("text", [r"\[ x = 5. \]", r"\( x, \)", "$x = 5.$", "$$x = 5,$$", r"\[ x = 5 \],"])
    def test_may_hold_the_end_of_their_sentence(self, text):
        assert "math" in tags(text)

    @pytest.mark.parametrize(
        "text",
        [
            "$$a$$b$$",
            "DO $$x$$LANGUAGE",
            "$'$",
            "a $x$the",
            "$5$th",
            "$a=5;$b=6;",
            "@$x$",
            "^$x$",
            "a|$x$",
            "%$x$",
            r"^a\$|^b\$",
        ],
    )
    def test_are_not_seen_beside_letters_or_around_no_sign_of_maths(self, text):
        assert "math" not in tags(text)
        assert check(render(text)).text.strip() == text

    def test_with_spaces_inside_need_a_command(self):
        assert "math" in tags(r"so $ \frac{1}{2} $ it is")
        assert "math" not in tags("so $ x $ it is")

    def test_of_money_and_of_maths_are_told_apart_in_a_line(self):
        html = render("For $x_1$ and $x_2$, a fee of $5 applies when $x_1 > x_2$.")
        assert html.count("<math") == 3
        assert "a fee of $5 applies when" in html

    @pytest.mark.parametrize(
        ("text", "drawn"),
        [
            (r"$f(x) = \begin{cases} 1 & \text{if $x>0$} \\ 0 & \text{else} \end{cases}$", "f(x)={1if x>00else"),
            (r"$\{x : \text{$x$ is prime}\}$", "{x:x is prime}"),
            (r"$\text{for $n\ge 1$}$", "for n≥1"),
            (r"$\text{a \textbf{b $x$}}$", "a b x"),
            (r"$$\text{a \textbf{bold} word}, \text{100\% of $n$}$$", "a bold word,100%of n"),
        ],
    )
    def test_in_text_of_a_formula_are_its_own(self, text, drawn):
        found = check(render(text))
        assert [tag for tag, _ in found.elements].count("math") == 1
        assert found.text.strip().replace("\xa0", " ").replace("\u2063", "") == drawn

    def test_in_text_do_not_end_what_is_behind_it(self):
        assert tags(r"$\text{if $x$ and $y$ are}$ then $z^2$").count("math") == 2

    @pytest.mark.parametrize(
        "text",
        [r"$\nosuch \text{see $x^2$ here}$", r"$\mathrm{for $n$}$", r"$$\nosuch \text{see $x^2$ here}$$", r"$5 \text{a $x^2$ c} rest", r"\(see the note \text{if $x^2$}\)", r"so $$ see the note \text{if $x^2$} $$ it"],
    )  # fmt: skip
    def test_in_text_of_what_is_no_formula_stay(self, text):
        assert "math" not in tags(text)
        assert check(render(text)).text.strip() == text
        assert render(f"{text} **bold** and $x^2$").count("<math") == 1

    @pytest.mark.parametrize(
        "unit", ["$\\text{", "$\\text{$", "$\\text{a $b} ", "$\\text{$\\}", "$$\\text{$x$}", "\\text{$x$}", "\\(\\text{$", "$5 \\text{$x$} "]
    )  # fmt: skip
    def test_in_text_are_found_quickly(self, unit):
        start = time.process_time()
        render("so " + unit * (20_000 // len(unit)))
        assert time.process_time() - start < 0.5


class TestBrackets:
    @pytest.mark.parametrize(
        "text", [r"\(x\)", r"\(5\)", r"\(ab\)", r"\[ x = 5 \]", "\\[\nE = mc^2\n\\]", r"\(\pi\)", r"\(\|x\|\)"]
    )
    @pytest.mark.parametrize("before", ["", "so ", "- ", "> ", "1. ", "值", "なら", "값은 ", "。", "("])
    def test_with_backslashes_enclose_a_formula(self, text, before):
        if before != "(" or text[1] == "(":
            assert "math" in tags(before + text)

    @pytest.mark.parametrize(
        "text",
        [r"(\(x^2\))", r"\(x^2\), \(y\).", r"**\(x\)**", r"“\(x\)”", r"-\(x\)", r"x=\(5\)", r"\(n\)th", r"והערך\(x\)הוא", r"don't use \(x\), don't", r'"find \(x\) and no \(y\)"', r"so \[x^2\] it is", "it is \\[\n x = 5 \n\\] then", r"Thus \[ x = 5 \].", r"H\(_2\)O", r"m\(^2\)", r"5\(\times\)5", r"\(AB\)", r"\(BC\)", r"\(xyz\)", r"\(mg\)", r"\(n = 2024\), so \(2024\)", r"(1)\(x>0\)", r"b)\(x^2\)", r"(iv)\(x\)"],
    )  # fmt: skip
    def test_enclose_a_formula_where_no_word_touches_them(self, text):
        assert "math" in tags(text)

    @pytest.mark.parametrize(
        "text",
        [r"\(see the note\)", r"\[link text\]", r"\[1\]", r"^\(\d+\)\.$", r"\[a-z\]+\(\w*\)", r"a\[i\]", r"a\[i\]\[j\] = b\[0\]", r"f\(x\)", r"f\(x^2\) and a\[i_1\]", r"sed 's/\(a\)\(b\)/\2\1/'", r"sed 's/ \(a\) \(b\)/\2\1/'", r"grep '\(foo\)' x", r'grep " \(x\) y" z', r"/\(x\)/", r"' \(a\) '", r"\(foo\|bar\)", r"find . \( -name a -o -name b \)", r"\( a.txt \)", r"see \[x\] there", r"\[x\] done", r"where\[x=5\]so", r"the set \[0, 1\]", r"text\[^1\]", r"слово\(x\)", r"f(a)\(x\)", r"a[0]\[i\]", r"'\(x^2\)'", r'print("\(name), \(age)")', r"\\(x^2\\)", r"\[text\]\(url\)", r"\(see\)", r"\(no\)", r"a note \(NB\)", r"\(iii\) third", r"echo \(foo\)", r"Program Files \(x86\)", r"Star Wars \(1977\)"],
    )  # fmt: skip
    def test_that_are_merely_escaped_stay(self, text):
        assert "math" not in tags(text)
        assert check(render(text)).text.strip() == text

    def test_enclose_both_formulas_of_a_ratio(self):
        assert render(r"the ratio \(x\)/\(y\) is").count("<math") == 2
        assert "<math" not in render(r"s/\(a\)/\(b\)/")

    @pytest.mark.parametrize("text", ["$$$5$$$", "$$$x$$$", "$$$$x^2$$$$", "$$$x$", "$x$$$"])
    def test_of_dollars_are_one_or_two(self, text):
        assert check(render(f"so {text} it is")).text.strip() == f"so {text} it is"
