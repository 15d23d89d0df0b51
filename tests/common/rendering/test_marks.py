"""Marks in a line: which act, and which are what they are."""

from __future__ import annotations

import html
import re

import pytest

from common.rendering.markdown import render
from tests.common.rendering.reading import check


def line(text: str) -> str:
    """The HTML inside the one paragraph of a text."""
    found = re.fullmatch(r'<p dir="(?:ltr|rtl)">(.*)</p>\n', render(text), re.DOTALL)
    assert found, render(text)
    return found[1]


class TestEmphasis:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("This is *meant* and **really meant**.", "This is <em>meant</em> and <strong>really meant</strong>."),
            ("***both***", "<em><strong>both</strong></em>"),
            ("**bold:** text", "<strong>bold:</strong> text"),
            ("(*inside*) and \"**quoted**\"", '(<em>inside</em>) and "<strong>quoted</strong>"'),
            ("**one**/**two** and **three**-**four**", "<strong>one</strong>/<strong>two</strong> and <strong>three</strong>-<strong>four</strong>"),
            ("**outer *inner***", "<strong>outer <em>inner</em></strong>"),
            ("***outer* inner**", "<strong><em>outer</em> inner</strong>"),
            ("**outer *inner* outer**", "<strong>outer <em>inner</em> outer</strong>"),
            ("这是**重点**内容，**注意：**请看", "这是<strong>重点</strong>内容，<strong>注意：</strong>请看"),
            ("**단어**는", "<strong>단어</strong>는"),
            ("_two words_ and __two more__", "<em>two words</em> and <strong>two more</strong>"),
            ("~~gone~~", "<s>gone</s>"),
            ("*x*, **5** and *字*", "<em>x</em>, <strong>5</strong> and <em>字</em>"),
            ("**`-`**", "<strong><code>-</code></strong>"),
            ("(**a**) and (*why*)", "(<strong>a</strong>) and (<em>why</em>)"),
            ("Use **A* search** and **Dijkstra**.", "Use <strong>A* search</strong> and <strong>Dijkstra</strong>."),
            ("**A*:** best", "<strong>A*:</strong> best"),
            ("**p* < 0.05**", "<strong>p* &lt; 0.05</strong>"),
            ("**char *p** and **int* q**", "<strong>char *p</strong> and <strong>int* q</strong>"),
            ("*a **b** c*", "<em>a <strong>b</strong> c</em>"),
            ("(*why?*)", "(<em>why?</em>)"),
        ],
    )  # fmt: skip
    def test_emphasizes_words(self, text, html):
        assert line(text) == html

    @pytest.mark.parametrize(
        "text",
        ["1*2*3*4", "width*height*depth", "2**3**4", "f(x)*g(y)*h(z)", "*.tmp and *.bak", "ls *b*.txt", "a*b*.txt", "__init__ and __main__.py", "_private_", "__file__/_x_", "my_long_name", "*args, **kwargs", "/* no */", "/*no*/", "5* and 4*", "a ~ b ~~ c", "x~~y~~z", "un*frigging*believable", "(*)", '"*" and "*"', "****four****", "(*_*)", "(*^_^*)", "(*^o^*)", "(*ω*)", "**--**", "*~*", "***-***", "~~--~~", "_*_", "**...**", "*★*", "**bold*", "*note**", "*a and b**", "__-__"],
    )  # fmt: skip
    def test_is_not_of_signs_that_mean_themselves(self, text):
        assert line(text).replace("&quot;", '"') == text

    @pytest.mark.parametrize(
        "text", ["find . -name *foo* -o -name *bar*", "ls --ignore=*tmp* x", "0 * * * * *a*", r"*\o/*"]
    )
    def test_is_not_of_patterns_of_names(self, text):
        assert line(text) == text

    @pytest.mark.parametrize("text", ["a - *b* c", "well-known *word* here", "the *-x* option", "1 * 2 is *not* it"])
    def test_is_of_single_words_after_anything_else(self, text):
        assert "<em>" in line(text)


class TestBackslash:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            (r"\*stars\* and \*\*more\*\*", "*stars* and **more**"),
            (r"\_not italic\_", "_not italic_"),
            (r"\# no heading", "# no heading"),
            (r"\- no bullet", "- no bullet"),
            (r"1\. no number", "1. no number"),
            (r"\> no quote", "> no quote"),
        ],
    )
    def test_vanishes_where_it_keeps_a_mark_from_acting(self, text, shown):
        assert check(render(text)).text.strip() == shown

    @pytest.mark.parametrize(
        "text",
        [r"C:\.ssh\_old\*.pem", r"^\(\d+\)\.$", r"\\server\share", r"snake\_case", r"2 \* 3", r"\$5 and \$10", r"a \| b", r"\[1\]", "line\\", r"\"quoted\" \n \t \0", r"\*alone"],
    )  # fmt: skip
    def test_stays_anywhere_else(self, text):
        assert check(render(text)).text.strip() == text

    def test_at_the_end_of_a_line_stays(self):
        assert line("make \\\n  all") == "make \\<br>\nall"


class TestOtherMarks:
    @pytest.mark.parametrize("text", ["&lt; &amp; &#65; &copy", "<https://a.example>", "<a@b.example>", "<b>bold</b>"])
    def test_of_html_stay(self, text):
        assert check(render(text)).text.strip() == text

    def test_of_code_enclose_it(self):
        assert line("`a*b*c` and ``x`y`` and ` `` `") == "<code>a*b*c</code> and <code>x`y</code> and <code>``</code>"

    def test_of_code_that_stand_apart_stay(self):
        assert line("the ` key and the ` key") == "the ` key and the ` key"

    @pytest.mark.parametrize("text", ["[x]()", "[x](<>)", '[x](https://a.example "title")', "[x][y]", "[x]", "[x](y)"])
    def test_of_links_that_lead_nowhere_stay(self, text):
        assert check(render(text)).text.strip() == text

    @pytest.mark.parametrize(
        "text",
        [
            "int v = *(int*)p;",
            "return *(float*)&x;",
            "y = (a *b) + (c* d)",
            "(*a)(b*)",
            '"*a" and "b*"',
            "*it [x* y]",
            "_id, user_id_ and _rev",
        ],
    )
    def test_that_stand_on_two_sides_of_a_bracket_or_at_names_stay(self, text):
        assert line(text) == html.escape(text, quote=False)

    @pytest.mark.parametrize("text", ["*really (so)*", "(*yes*)", '"*quoted*"', '*"all"*', "_a (b) c_", "_so it is_"])
    def test_around_balanced_brackets_and_quotes_are_emphasis(self, text):
        assert "<em>" in line(text)

    @pytest.mark.parametrize(
        "text",
        [
            "[x](http://localhost:PORT/x)",
            "[x](https://[YOUR_URL]/x)",
            "[x](https://{your-domain}/x)",
            "[x](http://${HOST}:${PORT}/x)",
            "[x](http://localhost:99999/x)",
            "[x](http://1.2.3.4.5/x)",
        ],
    )
    def test_of_a_link_to_no_address_stay(self, text):
        assert line(text) == html.escape(text, quote=False)

    def test_of_a_link_without_words_show_its_address(self):
        assert check(render("[](https://a.example)")).text.strip() == "https://a.example"
