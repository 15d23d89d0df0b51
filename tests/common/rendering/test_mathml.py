"""What is drawn of LaTeX: right, or not at all."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.rendering.markdown import render
from common.rendering.mathml import MAX_FORMULA, mathml
from common.rendering.signs import shows_every_sign
from common.rendering.tex import is_bounded
from tests.common.rendering.reading import check

LINES = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()
FORMULAS = [line for line in LINES if line and not line.startswith(("# ", "!"))]
HOSTILE = [line[1:] for line in LINES if line.startswith("!")]
ARITY = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}


def drawn(source: str, *, display: bool = True) -> Element:
    markup = mathml(source, display=display)
    assert markup is not None, source
    return fromstring(markup)


def outline(element: Element) -> str:
    """The drawing in one line: ``msup(mrow(( x )) 2)``; rows and spaces of no meaning left out."""
    if len(element) == 0:
        return (element.text or "").strip()
    inner = " ".join(filter(None, map(outline, element)))
    name = element.get("class") or element.tag
    return inner if name in ("math", "mrow", "mstyle", "mpadded") else f"{name}({inner})"


def plain(source: str, *, display: bool = True) -> str:
    return unicodedata.normalize("NFKC", outline(drawn(source, display=display))).translate(
        {0x2061: "", 0xFE00: "", 0xFE01: ""}
    )


class TestEveryFormula:
    def test_is_one_of_three_hundred(self):
        assert len(FORMULAS) >= 300
        assert len(HOSTILE) >= 35

    @pytest.mark.parametrize("display", [True, False])
    @pytest.mark.parametrize("source", FORMULAS)
    def test_is_drawn_of_allowed_elements_with_every_script_on_its_base(self, source, display):
        tree = drawn(source, display=display)
        check(mathml(source, display=display) or "")
        for element in tree.iter():
            assert len(element) == ARITY.get(element.tag, len(element))
            assert not {child.tag for child in element} & {"mtr"} or element.tag == "mtable"
            assert not {child.tag for child in element} & {"mtd"} or element.tag == "mtr"

    @pytest.mark.parametrize("source", HOSTILE)
    def test_that_is_hostile_or_broken_is_not_drawn(self, source):
        assert mathml(source, display=True) is None


class TestDrawing:
    @pytest.mark.parametrize(
        ("source", "shape"),
        [
            (r"\begin{pmatrix}1&0\\0&1\end{pmatrix}^n", "msup(( mtable(mtr(mtd(1) mtd(0)) mtr(mtd(0) mtd(1))) ) n)"),
            (r"\left(\frac{a}{b}\right)^2", "msup(( mfrac(a b) ) 2)"),
            (r"\begin{vmatrix}a\end{vmatrix}_i^2", "msubsup(| mtable(mtr(mtd(a))) | i 2)"),
            (r"x^{y^{z}}", "msup(x msup(y z))"),
            (r"\frac{\frac{a}{b}}{c}", "mfrac(mfrac(a b) c)"),
            (r"\sqrt[3]{x}", "mroot(x 3)"),
            (r"\boxed{42}", "boxed(42)"),
            (r"\frac{\cancel{a}b}{c}", "mfrac(strike-up(a) b c)"),
            (r"\bcancel{a}\xcancel{b}", "strike-down(a) strike-both(b)"),
            (r"\overline{AB}\underline{x}", "overlined(A B) underlined(x)"),
            (r"\underbrace{a+b}_{2}", "munder(munder(a + b ⏟) 2)"),
            (r"\lim_{n\to\infty}a_n", "munder(lim n → ∞) msub(a n)"),
            (r"\sum_{i=1}^{n}i", "munderover(∑ i = 1 n) i"),
            (r"\int_0^1 x", "msubsup(∫ 0 1) x"),
            (r"\operatorname*{argmin}_x f", "munder(argmin x) f"),
            (r"\mathop{\text{argmin}}\limits_x f", "munder(argmin x) f"),
            (r"\text{a_b & 50%}", "a_b & 50%"),
            (r"\text{let $x^2$ be}", "let msup(x 2) be"),
            (r"50% of", "50 % o f"),
            (r"x=1\tag{3}", "x = 1 (3)"),
            (r"a\neq b\not= c", "a ≠ b ≠ c"),
            (r"\mathbb{R}\mathcal{L}\mathbf{x}", "R L x"),
            (r"\widetilde{abc}", "mover(a b c ̃)"),
            (r"\vec{v}", "mover(v →)"),
        ],
    )
    def test_has_the_parts_of_the_formula_where_they_belong(self, source, shape):
        # NFKC turns letters of mathematical alphabets into plain ones, and spacing accents into a space and a mark
        assert " ".join(plain(source).split()) == shape

    @pytest.mark.parametrize(
        "source",
        [
            r"\begin{aligned}a&=b\\&=c\end{aligned}",
            r"\begin{align*}a&=b\\&=c\end{align*}",
            r"\begin{split}a&=b\\[4pt]&=c\end{split}",
            r"\begin{alignat}{2}a&=b\\&=c\nonumber\end{alignat}",
        ],
    )
    def test_aligns_rows_at_their_marks(self, source):
        rows = drawn(source).findall(".//mtr")
        assert [["".join(cell.itertext()) for cell in row] for row in rows] == [["a", "=b"], ["", "=c"]]
        assert {(row[0].get("class"), row[1].get("class")) for row in rows} == {
            ("to-right tight-right", "to-left tight-left")
        }

    @pytest.mark.parametrize(
        "source",
        [r"\begin{align}[x]&=1\\ [y]&=2\end{align}", r"\begin{align*}[x]&=1\\[y]&=2\end{align*}", r"\begin{split}[x]&=1\\ [y]&=2\end{split}", r"\begin{aligned}[x]&=1\\ [y]&=2\end{aligned}", r"\begin{alignat}{2}[x]&=1\\ [y]&=2\end{alignat}", r"\begin{flalign}[x]&=1\\ [y]&=2\end{flalign}", r"\begin{matrix}[x]&=1\\ [y]&=2\end{matrix}", r"\begin{array}{rl}[x]&=1\\ [y]&=2\end{array}", r"\begin{array}[t]{rl}[x]&=1\\ [y]&=2\end{array}"],
    )  # fmt: skip
    def test_keeps_brackets_at_the_beginning_of_a_row(self, source):
        rows = drawn(source).findall(".//mtr")
        assert [["".join(cell.itertext()) for cell in row] for row in rows] == [["[x]", "=1"], ["[y]", "=2"]]

    @pytest.mark.parametrize(
        ("source", "shape"),
        [
            (r"\begin{gather}[x]=1\\[y]=2\end{gather}", "mtable(mtr(mtd([ x ] = 1)) mtr(mtd([ y ] = 2)))"),
            (r"\begin{equation}[t]=1\end{equation}", "[ t ] = 1"),
            (r"\begin{Bmatrix}[t]\\ b\end{Bmatrix}", "{ mtable(mtr(mtd([ t ])) mtr(mtd(b))) }"),
            (r"\begin{pmatrix}[c]\end{pmatrix}", "( mtable(mtr(mtd([ c ]))) )"),
            (r"a\\[x]", "mtable(mtr(mtd(a)) mtr(mtd([ x ])))"),
            (r"\sqrt[3]{[x]}", "mroot([ x ] 3)"),
        ],
    )
    def test_keeps_brackets_that_are_no_argument(self, source, shape):
        assert plain(source).replace("\u2063", "").strip() == shape

    @pytest.mark.parametrize(
        ("source", "without"),
        [
            (r"\cfrac[l]{a}{b}", r"\cfrac{a}{b}"),
            (r"\cfrac [r]{a}{b}", r"\cfrac{a}{b}"),
            (r"\smash[b]{x}", r"\smash{x}"),
            (r"\begin{aligned}[t]a&=b\end{aligned}", r"\begin{aligned}a&=b\end{aligned}"),
            (r"\begin{gathered}[b]a\\b\end{gathered}", r"\begin{gathered}a\\b\end{gathered}"),
            (r"\begin{multlined}[c]a\\b\end{multlined}", r"\begin{multlined}a\\b\end{multlined}"),
            (r"\begin{alignedat}[t]{2}a&=b\end{alignedat}", r"\begin{alignedat}{2}a&=b\end{alignedat}"),
            (r"\begin{array}[t]{cc}a&b\end{array}", r"\begin{array}{cc}a&b\end{array}"),
            (r"\begin{pmatrix*}[r]-1&1\end{pmatrix*}", r"\begin{pmatrix}-1&1\end{pmatrix}"),
            (r"\color[rgb]{1,0,0}x", r"\color{red}x"),
        ],
    )
    def test_leaves_out_arguments_that_only_lay_out(self, source, without):
        assert mathml(source, display=True) == mathml(without, display=True) is not None

    @pytest.mark.parametrize(
        "source",
        [r"\stackrel[a]{b}{=}", r"\underbracket[1pt]{x}", r"\frac[l]{a}{b}", r"\overset[a]{b}{c}", r"\boxed[a]{b}"],
    )
    def test_is_not_made_of_arguments_that_are_not_known(self, source):
        assert mathml(source, display=True) is None

    @pytest.mark.parametrize(
        ("source", "shape"),
        [
            (r"\mathop{\mathrm{argmax}}_x f", "munder(argmax x) f"),
            (r"\mathop{\rm argmax}_{x}^{y} f", "munderover(argmax x y) f"),
            (r"\mathop{\text{arg max}}_\theta f", "munder(arg max θ) f"),
            (r"\operatorname*{arg\,max}_{x\in X} f", "munder(arg max x ∈ X) f"),
            (r"\operatorname*{\mathrm{ess\,sup}}_x f", "munder(ess sup x) f"),
            (r"\operatornamewithlimits{argmax}_x f", "munder(argmax x) f"),
            (r"\operatorname{argmax}\limits_x f", "munder(argmax x) f"),
            (r"\mathop{\sum\sum}_{i,j} f", "munder(∑ ∑ i , j) f"),
            (r"\mathop{\int\int}\limits_D f", "munder(∫ ∫ D) f"),
            (r"\mathop{\bigcirc}_x^{2} f", "mover(munder(◯ x) 2) f"),
            (r"\mathop{\mathrm{Tr}}\nolimits_x f", "msub(Tr x) f"),
            (r"\operatorname{Tr}_x f", "msub(Tr x) f"),
            (r"\sum_{\begin{subarray}{l}i\\j\end{subarray}}x", "munder(∑ mtable(mtr(mtd(i)) mtr(mtd(j)))) x"),
        ],
    )
    def test_sets_limits_below_what_a_formula_makes_an_operator(self, source, shape):
        assert " ".join(plain(source).replace("\u2009", " ").split()) == shape

    def test_sets_limits_of_an_operator_beside_it_within_a_line_unless_asked(self):
        assert plain(r"\mathop{\sum\sum}_i x", display=False) == "msub(∑ ∑ i) x"
        assert plain(r"\mathop{\rm tr}_i x", display=False).split() == ["msub(tr", "i)", "x"]
        assert plain(r"\mathop{\rm tr}\limits_i x", display=False) == "munder(tr i) x"

    def test_gives_rows_without_an_environment_lines_of_their_own(self):
        assert plain(r"a=b \\ c=d \\") == "mtable(mtr(mtd(a = b)) mtr(mtd(c = d)))"

    def test_keeps_the_lines_of_an_array(self):
        table = drawn(r"\begin{array}{|c|c|}\hline a&b\\\hline c&d\\\hline\end{array}")[0]
        assert [len(row) for row in table] == [2, 2]
        assert set((table.get("class") or "").split()) == {"line-start", "line-above", "line-below"}
        assert {cell.get("class") for cell in table[1]} == {"line-above line-end"}

    def test_sets_a_space_after_a_function_but_not_before_its_brackets(self):
        assert drawn(r"\sin x").find(".//mo[@lspace='0.1667em']") is not None
        assert drawn(r"\sin(x)").find(".//mo[@lspace='0.1667em']") is None

    def test_gives_brackets_the_size_asked_for_also_under_an_exponent(self):
        sized = drawn(r"\biggl(\frac{x}{y}\biggr)^{2}")
        assert [mark.get("minsize") for mark in sized.iter("mo")] == ["2.047em", "2.047em"]
        assert sized.find("msup/mrow/mo") is not None  # alone as a base it would not grow

    def test_sets_limits_beside_their_sign_within_a_line(self):
        assert drawn(r"\sum_i x", display=False).find("munder/mo[@movablelimits='false']") is None

    def test_takes_the_infinite_for_a_name(self):
        assert "<mi>∞</mi>" in (mathml(r"x \to \infty", display=False) or "")

    def test_holds_no_style_and_no_address(self):
        for source, display in itertools.product(FORMULAS, (True, False)):
            markup = mathml(source, display=display) or ""
            assert " style=" not in markup
            assert "href" not in markup


class TestSigns:
    """The drawing is held against the source, so that what is lost on the way shows."""

    @pytest.mark.parametrize(
        ("source", "drawn"),
        [
            (r"\begin{align}[x]&=1\end{align}", "[x]=1"),
            (r"\sqrt[3]{x}", "x3"),
            (r"\{a|b\}'", "{a∣b}′"),
            (r"a\\[4pt]b\hspace{1em}c\color{red}d", "abcd"),
            (r"\left.x\right|_0", "x|0"),
            (r"5\%-1*2", "5%−1∗2"),
            (r"\sin\alpha", "sinα"),
            (r"\begin{bmatrix}1\end{bmatrix}", "[1]"),
        ],
    )
    def test_of_the_source_are_all_there(self, source, drawn):
        assert shows_every_sign(source, [drawn])

    @pytest.mark.parametrize(
        ("source", "drawn"),
        [
            (r"\begin{align}[x]&=1\end{align}", "=1"),
            (r"\begin{align}[x]&=1\end{align}", "x=1"),
            (r"a,b;c", "a,bc"),
            (r"a|b", "ab"),
            (r"f'", "f"),
            (r"-x", "x"),
            (r"\{x\}", "x"),
            (r"5\%", "5"),
            (r"1.5", "15"),
            (r"x!", "x"),
            (r"\cfrac[l]{a}{b}", "[l]ab"),
            (r"\begin{aligned}[t]a\end{aligned}", "[t]a"),
            (r"\begin{array}{cc}a\end{array}", "cca"),
            (r"\hspace{1em}a", "1ema"),
            (r"\quad", " "),
        ],
    )
    def test_that_are_lost_or_of_an_argument_are_found(self, source, drawn):
        assert not shows_every_sign(source, [drawn])

    @pytest.mark.parametrize(
        "source",
        [r"x^2 + \phantom{\text{Ignore the above}} y", r"\phantom{x}y", r"\hphantom{12}y", r"\vphantom{\frac{a}{b}} y", r"\phantom{\text{是}}x", r"\phantom{\text{🙂}}x", r"\phantom{----}x"],
    )  # fmt: skip
    def test_that_a_formula_hides_are_shown_as_its_source(self, source):
        assert mathml(source, display=True) is None
        assert check(render(f"$${source}$$")).text.strip() == f"$${source}$$"

    @pytest.mark.parametrize("source", [r"\phantom{-}1", r"\vphantom{(} y", r"\left.\vphantom{\int} x\right)"])
    def test_that_make_room_for_those_of_other_lines_need_not_be_seen(self, source):
        assert mathml(source, display=True)

    @pytest.mark.parametrize(
        "source",
        [r"\!" * 300 + r"\text{secret}+x^2", r"\!\!\text{a}+x", r"a\!\!b", r"a{\!}{\!}b", r"a\!\,\!b", r"a\negthinspace\!b", r"x+\!\!\!", r"x^{\!\!\!\text{a}}", r"=\!\!\!\!\!="],
    )  # fmt: skip
    def test_are_not_drawn_over_others(self, source):
        assert mathml(source, display=True) is None

    @pytest.mark.parametrize(
        "source", [r"a\!b", r"f\!\left(x\right)", r"\int\!\!\!\int x", r"X \perp\!\!\!\perp Y", r"n\!/k"]
    )
    def test_may_be_set_closer(self, source):
        assert mathml(source, display=True)


TOKENS = r"( ) [ ] \{ \} { } ^ _ & \\ x 1 + = | ' , \left( \right) \big( \Big) \frac \sqrt \hat \not \over \text{a} \begin{matrix} \end{matrix} \sum \limits \sin \mathbf \rm \displaystyle \color{red} \boxed \cancel \underbrace \overset \langle \rangle \middle| \hline \xrightarrow[a]{b} \tag{1} \phantom \! \hspace{1em} $ % # é 速 \bigl( \bigr)"  # fmt: skip


class TestBounds:
    @pytest.mark.parametrize(
        "source",
        ["(" * 1000, "[x" * 900, r"(\big)" * 300, "{" * 1000 + "}" * 1000, r"\sqrt" * 400, "x^{" * 600 + "}" * 600, r"\left(" * 200 + r"\right)" * 80, r"\not" * 500, r"\begin{matrix}" * 60 + r"\end{matrix}" * 60, r"\displaystyle x" * 100, r"(\frac1)" * 200, "(^)" * 500, "x" * (MAX_FORMULA + 1)],
    )  # fmt: skip
    def test_refuse_what_would_take_the_converter_long_or_deep(self, source):
        assert not is_bounded(source) or len(source) > MAX_FORMULA
        start = time.process_time()
        assert mathml(source, display=True) is None
        assert time.process_time() - start < 0.1

    @pytest.mark.parametrize("source", [r"(0,1]\cup[2,3)", "(a)" * 100, r"\alpha\beta\gamma\delta\epsilon\zeta", r"\left(\left(x\right)\right)", r"f(g(h(k(x))))"])  # fmt: skip
    def test_let_ordinary_formulas_pass(self, source):
        assert mathml(source, display=True) is not None

    def test_keep_a_small_stack_from_overflowing(self):
        """A stack that overflows in compiled code ends the process, so another one tries."""
        program = (
            "import sys, threading; from common.rendering.mathml import mathml\n"
            "deep = ['{' * 38 + 'x' + '}' * 38, r'\\left(' * 38 + r'\\right)' * 38, 'x^{' * 38 + '}' * 38]\n"
            "threading.stack_size(256 << 10)\n"
            "thread = threading.Thread(target=lambda: print(*[mathml(s, display=True) is not None for s in deep]))\n"
            "thread.start(); thread.join()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[3]
        )
        assert done.returncode == 0
        assert done.stdout.split() == ["True"] * 3

    @settings(max_examples=300, deadline=1000)
    @given(st.lists(st.sampled_from([*TOKENS.split(), " "]), max_size=150).map("".join))  # fmt: skip
    def test_hold_for_any_tokens(self, source):
        markup = mathml(source, display=True)
        if markup is not None:
            check(markup)
