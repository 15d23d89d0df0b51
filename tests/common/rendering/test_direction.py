"""Which way text runs, in every kind of block."""

from __future__ import annotations

import pytest

from common.rendering.direction import block_direction, language_direction
from common.rendering.markdown import render
from tests.common.rendering.reading import check

HEBREW = "React היא ספרייה לבניית ממשקים"
PERSIAN = "این API را با JavaScript می‌نویسند"
ENGLISH = "The Hebrew word שלום means peace and much else"


class TestLanguage:
    @pytest.mark.parametrize("tag", ["ar", "he", "fa", "ur", "ar-EG", "FA_ir", "az-Arab", "ks-Arab-IN", "yi"])
    def test_from_right_to_left(self, tag):
        assert language_direction(tag) == "rtl"

    @pytest.mark.parametrize("tag", ["en", "de-CH", "az", "ur-Latn", "zh-Hant", "und"])
    def test_from_left_to_right(self, tag):
        assert language_direction(tag) == "ltr"

    def test_that_is_not_stated_has_none(self):
        assert language_direction("") is None


class TestBlock:
    @pytest.mark.parametrize("text", [HEBREW, PERSIAN, "שלום, world!", "1. العربية"])
    def test_runs_as_most_of_its_words_do(self, text):
        assert block_direction(text, "ltr") == "rtl"
        assert block_direction(ENGLISH, "ltr") == "ltr"

    def test_in_a_text_from_right_to_left_may_be_mostly_names(self):
        text = "npm install react עם הגרסה"
        assert block_direction(text, "ltr") == "ltr"
        assert block_direction(text, "rtl") == "rtl"

    def test_without_letters_has_none(self):
        assert block_direction("12-14 …", "rtl") is None

    @pytest.mark.parametrize(
        ("frame", "tag"),
        [("{}", "p"), ("# {}", "h3"), ("> {}", "blockquote"), ("- {}", "ul"), ("1. {}", "ol"), ("| {} |\n|---|\n| {} |", "table"), ("- {}\n\n- {}", "ul"), ("> - {}", "ul"), ("1. a\n   > {}", "blockquote")],
    )  # fmt: skip
    @pytest.mark.parametrize(("text", "direction"), [(HEBREW, "rtl"), (PERSIAN, "rtl"), (ENGLISH, "ltr")])
    def test_of_every_kind_has_its_direction(self, frame, tag, text, direction):
        found = dict(check(render(frame.replace("{}", text))).elements)
        assert found[tag]["dir"] == direction

    def test_without_letters_runs_as_the_text(self):
        assert '<p dir="rtl">12-14</p>' in render(f"{HEBREW}\n\n12-14")
        assert render("12-14") == '<p dir="ltr">12-14</p>\n'
        assert render("12-14", "ar") == '<p dir="rtl">12-14</p>\n'

    def test_in_latin_letters_runs_from_left_to_right_whatever_the_language(self):
        assert render("Hello, world!", "ar") == '<p dir="ltr">Hello, world!</p>\n'

    def test_depends_on_the_language_where_its_words_are_mixed(self):
        text = "npm install react עם הגרסה"
        assert render(text, "he").startswith('<p dir="rtl">')
        assert render(text, "en").startswith('<p dir="ltr">')

    def test_is_not_turned_by_code_or_addresses(self):
        assert render("ראו `const longFunctionName = () => 1` https://example.com/a/long/path").startswith(
            '<p dir="rtl">'
        )


class TestPartsThatRunTheOtherWay:
    def test_in_items_and_cells_are_isolated_and_keep_the_side_of_their_list(self):
        assert '<ul dir="rtl">\n<li>שלום לכולם כאן</li>\n<li><span dir="ltr">Hello!</span></li>' in render(
            "- שלום לכולם כאן\n- Hello!"
        )
        html = render("| שלום לכולם | כאן |\n|---|---|\n| Hello! | 1-2 |")
        assert '<td><span dir="ltr">Hello!</span></td>\n<td>1-2</td>' in html

    def test_in_lines_of_their_own_are_isolated(self):
        assert '<br>\n<span dir="ltr">Hello, <em>world</em>!</span></p>' in render("שלום לכולם כאן\nHello, *world*!")

    def test_are_not_isolated_where_an_element_goes_on(self):
        assert "<span" not in render("שלום *לכולם\nHello* world")

    def test_of_code_are_isolated(self):
        assert '<code dir="ltr">f(x);</code>' in render("הפונקציה `f(x);` כאן")
        assert "<code>f(x);</code>" in render("The function `f(x);` here")
        assert '<pre tabindex="0" dir="ltr">' in render("שלום\n\n```\nx = 1\n```")
