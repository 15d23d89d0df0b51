"""Blocks: what begins one, and that none swallows a line."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest

from common.rendering.markdown import render
from tests.common.rendering.reading import check, tags


def shown(text: str) -> str:
    return check(render(text)).text.strip()


class TestHeading:
    @pytest.mark.parametrize(
        ("text", "words"), [("## Goal ##", "Goal"), ("# C #", "C"), ("# C# ##", "C# ##"), ("## C#", "C#")]
    )
    def test_ends_with_its_words(self, text, words):
        assert shown(text) == words

    @pytest.mark.parametrize("text", ["#", "# #", "#hashtag", "####### seven", "# 7", "## 50%", "# 1\n# 2"])
    def test_needs_words(self, text):
        assert set(tags(text)) <= {"p", "br"}
        assert shown(text) == text

    def test_may_be_a_number_above_words(self):
        assert tags("## 2024\n\nIt was a year.") == ["h3", "p"]

    def test_is_not_made_by_the_line_below(self):
        assert shown("Title\n===") == "Title\n==="
        assert tags("Title\n---\nText") == ["p", "br", "br"]

    @pytest.mark.parametrize(
        "text",
        ['#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nprint("hi")', "import os\n# load the file\nx = 1", "Run as root:\n# apt-get update\n# apt-get install x", "f(1)\n# then\ng(2);"],
    )  # fmt: skip
    def test_is_no_remark_of_a_program_nor_a_prompt(self, text):
        assert tags(text) == ["p", *["br"] * text.count("\n")]
        assert shown(text) == text

    @pytest.mark.parametrize(
        "text", ["Intro\n# A\ntext\n# B\ntext", "# A\ntext", "# A\n## B\ntext", "# A\n\n# B\n\nx = 1"]
    )
    def test_may_touch_the_lines_beside_it(self, text):
        assert [tag for tag in tags(text) if tag.startswith("h")] == ["h3", "h4" if "##" in text else "h3"][
            : text.count("# ")
        ]


class TestRule:
    @pytest.mark.parametrize("rule", ["---", "-----", "***", "___", "* * *"])
    @pytest.mark.parametrize("frame", ["One\n\n{}\n\ntwo", "# One\n{}\ntwo", "- one\n{}\ntwo", "> one\n{}\ntwo"])
    def test_is_between_words(self, rule, frame):
        assert tags(frame.replace("{}", rule)).count("hr") == 1

    @pytest.mark.parametrize(
        "text",
        ["---", "***", "___", "-- --- --", "- -- -", "- - -", "--- ---", "_________", "_ _ _ _", "*****", "*  *  *", "--- \n\n---", "* * *"],
    )  # fmt: skip
    def test_is_not_made_of_signs_alone(self, text):
        assert shown(text) == text.replace(" \n\n", "\n")
        assert set(tags(text)) == {"p"}

    @pytest.mark.parametrize("text", ["-- --- --", "- -- -", "- - -", "_________", "_ _ _ _", "*****", "****", "-- -"])
    def test_is_not_a_blank_to_fill_in_nor_a_figure_of_signs(self, text):
        assert f">{text}</p>" in render(f"One\n\n{text}\n\ntwo")

    @pytest.mark.parametrize("text", ["---\n\nOne", "One\n\n---", "---\ntitle: x\n---\nOne", "One\n---\ntwo"])
    def test_is_not_at_an_end_nor_below_a_line(self, text):
        assert shown(text).count("---") == text.count("---") - ("hr" in tags(text))
        assert "hr" not in tags(text)


class TestQuote:
    @pytest.mark.parametrize(
        "text",
        [">= 5", ">>> print(1)", ">a", ">", "> 5 items", "> $5", "> 90%", "> -3 degrees", "> .5", "> 5 items\n> 10 items", "> 5 items\n< 5 items", "< old\n---\n> new", "< a\n> b\n< c", "5c5\n< old words\n---\n> new words", "2a3\n> added words", "> x = 5", "> A > B", "> n"],
    )  # fmt: skip
    def test_is_not_a_comparison(self, text):
        assert set(tags(text)) <= {"p", "br"}
        assert shown(text) == text

    @pytest.mark.parametrize("text", ["> words", "> 1. first\n> 2. second", "> 5 of them\n> came", "> a < b\n> b > c"])
    def test_is_of_words(self, text):
        assert tags(text)[0] == "blockquote"

    @pytest.mark.parametrize("text", [">= 5", ">>> print(1)", ">a", ">"])
    def test_needs_a_space_and_words(self, text):
        assert (tags(text), shown(text)) == (["p"], text)

    def test_may_be_in_a_quote(self):
        assert tags(">> words") == ["blockquote", "blockquote", "p"]
        assert tags("> > words") == ["blockquote", "blockquote", "p"]

    def test_too_deep_is_shown_plain(self):
        deep = "> " * 100 + "deep"
        assert shown(deep) == deep


class TestList:
    def test_shows_its_own_numbers(self):
        found = check(render("3. a\n5. b\n6. c\n6. d")).elements
        assert [attributes.get("value") for tag, attributes in found if tag == "li"] == [None, "5", None, "6"]
        assert found[0] == ("ol", {"start": "3", "dir": "ltr"})

    def test_shows_its_own_parentheses(self):
        assert check(render("1) a")).elements[0] == ("ol", {"class": "paren", "dir": "ltr"})

    def test_goes_on_after_a_fence(self):
        html = render("1. Install it\n```sh\nmake install\n```\n2. Start it")
        assert '<ol start="2" dir="ltr">\n<li>Start it</li>' in html

    @pytest.mark.parametrize(
        "text",
        ["-", "+", "*", "42.", "42)", "-\n\n5", "- 5", "+ 5", "* 5", "- 5 km", "+ 5%", "- $5", "- 2x + 3", "- x", "+ 5\n+ 6", "- ...", "* **", "- - -", "+ one", "The sum:\n\n- 5", "The sum:\n- 5\n\nNo more."],
    )  # fmt: skip
    def test_has_words_and_no_bullet_that_may_be_the_sign_of_a_number(self, text):
        assert set(tags(text)) <= {"p", "br"}
        assert "".join(shown(text).split()) == "".join(text.split())

    @pytest.mark.parametrize(
        "text", ["- 5 apples", "- a\n- b", "- 5\n- 6", "- 5\n  more", "- yes", "* x\n* y", "- 値", "- `-`"]
    )
    def test_may_be_short(self, text):
        assert tags(text)[:2] == ["ul", "li"]

    @pytest.mark.parametrize("text", ["1. a\n2.", "- a\n-", "- a\n- \n- b"])
    def test_may_be_cut_off_or_have_an_empty_item(self, text):
        assert tags(text).count("li") == text.count("\n") + 1

    def test_does_not_end_at_a_number(self):
        assert tags("- a\n- 5\n- `x`").count("li") == 3
        assert tags("- a\n  - 5").count("li") == 2

    @pytest.mark.parametrize(
        "text",
        ["007. An agent", "+ added\n- removed", "- removed\n+ added\n  more", "+ cheap\n+ fast\n\n- slow\n- dull", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n- old", "@@ -0,0 +1,2 @@\n+ one\n+ two", "- old\n+new"],
    )  # fmt: skip
    def test_is_not_made_of_lines_that_a_list_would_show_otherwise(self, text):
        assert set(tags(text)) <= {"p", "br"}
        assert "".join(shown(text).split()) == "".join(text.split())

    @pytest.mark.parametrize(
        "text", ["* * * * * /usr/bin/x", "a\n\n* * * * * /usr/bin/x", "/*\n * comment\n * more\n */\nint x;"]
    )
    def test_is_no_table_of_jobs_and_no_remark_of_c(self, text):
        assert "ul" not in tags(text)
        assert "".join(shown(text).split()) == "".join(text.split())

    @pytest.mark.parametrize(
        "text",
        ["  12\n-  7\n----\n   5", "  5\n- 3\n---\n  2", "   100\n-   25\n  ----\n    75", "  5\n* 3\n---\n 15", " 3x + 2y = 5\n- x - 2y = 1\n------\n 2x = 4", "10\n- 2\n- 3\n---\n5"],
    )  # fmt: skip
    def test_is_no_sum_in_rows(self, text):
        assert set(tags(text)) == {"p", "br"}
        assert "".join(shown(text).split()) == "".join(text.split())

    def test_of_numbers_may_follow_its_name(self):
        assert tags("Top 3:\n- 5\n- 7\n- 9").count("li") == 3

    def test_may_be_nested_in_a_line(self):
        assert tags("* * some words").count("ul") == 2

    def test_may_have_plus_signs_for_bullets(self):
        assert tags("Good:\n+ fast\n+ cheap\n\nBad:\n- slow\n- dull").count("li") == 4
        assert tags("- a\n  + b\n  + c") == ["ul", "li", "ul", "li", "li"]


class TestFence:
    def test_of_markdown_holds_fences(self):
        text = 'It is:\n\n```markdown\n## Goal\n```\nOne line\n```\n## Output\n```json\n{"kind": 1}\n```\n```\n\nThat was it.'
        found = check(render(text))
        assert [tag for tag, _ in found.elements if tag not in ("code", "span")] == ["p", "pre", "p"]
        assert '## Output\n```json\n{"kind": 1}\n```\n' in found.text

    @pytest.mark.parametrize(
        ("text", "inside", "after"),
        [
            ("```md\na\n```\nb\n```py\nx\n```\nc", "a", "b"),
            ("```md\na\n```py\nx\n```\nb\n```\nc", "a\n```py\nx\n```\nb", "c"),
            ("~~~md\na\n```\nb\n~~~\nc", "a\n```\nb", "c"),
            ("````md\na\n```\nb\n````\nc", "a\n```\nb", "c"),
            ("```md\na\n```\nb\n```py\nx", "a", "b"),
            ("```py\na\n```\nb", "a", "b"),
            ("```text\na\n```py\nx\n```\nb\n```\nc", "a\n```py\nx\n```\nb", "c"),
            ("```\na\n```py\nx\n```\n```sh\ny\n```\n```\nc", "a\n```py\nx\n```\n```sh\ny\n```", "c"),
            ("```py\na\n```\nb\n```js\nx\n```\nc", "a", "b"),
            ("```py\na\n```js\nx\n```\nb", "a\n```js\nx", "b"),
            ("```\na\n```\nb\n```\nx\n```\nc", "a", "b"),
        ],
    )
    def test_ends_where_those_inside_and_those_after_it_are_closed(self, text, inside, after):
        assert check(render(text)).text.startswith(f"{inside}\n\n{after}")

    @pytest.mark.parametrize("text", ["```", "```\n```", "```py\n```", "```\n\n\n```\nafter", "````\n```` "])
    def test_around_nothing_shows_its_marks(self, text):
        assert "".join(shown(text).split()) == "".join(text.split())

    @pytest.mark.parametrize(
        "text", ["``` is a mark\n\nand so on", "~~~\nwave", "~~~ hello ~~~\n\ntext\n\n~~~ bye ~~~"]
    )
    def test_that_nothing_closes_may_be_an_ornament(self, text):
        assert "pre" not in tags(text)
        assert "".join(shown(text).split()) == "".join(text.split())

    @pytest.mark.parametrize("text", ["```py\nx = 1", "```\nx = 1", "~~~py\nx = 1", "```foo\nx = 1"])
    def test_may_be_cut_off(self, text):
        assert tags(text)[0] == "pre"


class TestTable:
    def test_shows_every_cell(self):
        html = render("| a | b |\n|---|---|\n| 1 | 2 |\n| 4 |")
        assert html.count("<th ") == 2
        assert html.count("<td>") == 4
        assert "<td>4</td>" in html

    @pytest.mark.parametrize(
        ("row", "cells"),
        [
            ("| a || b | or |", ["a || b", "or"]),
            ("| alt | (a|b)* |", ["alt", "(a|b)*"]),
            ("| alt | [a|b]+ |", ["alt", "[a|b]+"]),
            ("| alt | x{a|b} |", ["alt", "x{a|b}"]),
            ('| alt | "a|b" |', ["alt", '"a|b"']),
            ("| (a|b) || c | or |", ["(a|b) || c", "or"]),
            ("| a | b | |", ["a", "b"]),
            ("| a | b ||", ["a", "b"]),
        ],
    )
    def test_keeps_pipes_that_are_of_a_cell_where_the_row_fits_then(self, row, cells):
        html = render(f"| Op | Meaning |\n|---|---|\n{row}\n| x | y |")
        assert [unescape(cell) for cell in re.findall("<td>(.*?)</td>", html)] == [*cells, "x", "y"]
        assert html.count("<th ") == 2

    @pytest.mark.parametrize("row", ["| 1 | 2 | 3 |", "| a | b | c | d |", "| a || b |  | c |", "| it's | a | don't |"])
    def test_shows_the_source_of_a_row_with_more_cells_than_the_head(self, row):
        html = render(f"| Op | Meaning |\n|---|---|\n{row}\n| x | y |")
        assert f'<td colspan="2">{row}</td>' in html
        assert "<td>x</td>\n<td>y</td>" in html
        assert check(html)
        assert f"<td>{row}</td>" in render(f"| Op |\n|---|\n{row}")

    @pytest.mark.parametrize("unit", ["|", "||", "a||", "(a|", "(|)", '"|', "'|", "[|", "| a "])
    def test_finds_the_cells_of_a_long_row_quickly(self, unit):
        start = time.process_time()
        render("| a | b |\n|---|---|\n| " + unit * (20_000 // len(unit)))
        assert time.process_time() - start < 0.5

    def test_ends_before_a_line_without_a_pipe(self):
        assert tags("| a |\n|---|\n| 1 |\nafter")[-1] == "p"

    def test_keeps_pipes_that_are_escaped_or_in_code(self):
        html = render("| a | b |\n|---|---|\n| x\\|y | `p|q` |")
        assert "<td>x|y</td>" in html
        assert "<td><code>p|q</code></td>" in html

    @pytest.mark.parametrize(
        ("cell", "drawn"),
        [("$|x|$", "|x|"), (r"\(|x|\)", "|x|"), (r"$P(A|B)$", "P(A|B)"), (r"$\|x\|_2$", "‖x‖2"), (r"$P(A \| B)$", "P(A|B)"), (r"$\{x\|x>0\}$", "{x|x>0}"), ("$$|x|$$", "|x|")],
    )  # fmt: skip
    def test_keeps_pipes_in_formulas(self, cell, drawn):
        found = check(render(f"| a | b |\n|---|---|\n| {cell} | c |"))
        assert [tag for tag, _ in found.elements].count("td") == 2
        assert "".join(found.text.split()) == f"ab{drawn}c"

    def test_takes_pipes_between_amounts_of_money_for_its_own(self):
        assert tags("| a | b |\n|---|---|\n| $5 | $6 |").count("td") == 2
        assert tags("| a | b |\n|---|---|\n| $x | y$ |").count("td") == 2

    def test_breaks_lines_in_its_cells(self):
        assert "<td>a<br>b<br>c</td>" in render("| h |\n|---|\n| a<br>b<br/>c |")
        assert "&lt;br&gt;" in render("not<br>here")

    @pytest.mark.parametrize("text", ["a | b\n--", "|---|---|", "a | b\n| --- |"])
    def test_needs_a_head_with_as_many_cells_as_the_row_below(self, text):
        assert "table" not in tags(text)


class TestNoBlock:
    @pytest.mark.parametrize(
        "text", ["[a]: https://a.example", "[^1]: a note", "<div>\nhidden?\n</div>", "<!-- a remark -->"]
    )
    def test_swallows_a_line(self, text):
        assert shown(text) == text
