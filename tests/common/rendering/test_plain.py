"""Untrusted text shown as it is: the excerpt on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.rendering.plain import excerpt, excerpt_direction, render_plain
from common.templatetags import untrusted


class TestRawView:
    def test_runs_as_its_words_do_line_by_line(self):
        assert render_plain("# React היא ספרייה\n- Hello, world!\n12-14", "he") == (
            '<pre class="plain" tabindex="0" dir="rtl">\n# React היא ספרייה\n<span dir="ltr">- Hello, world!</span>\n12-14</pre>'
        )

    def test_runs_as_its_language_does_where_it_has_no_words(self):
        assert 'dir="rtl"' in render_plain("12-14", "fa")
        assert 'dir="ltr"' in render_plain("12-14")


class TestExcerpt:
    def test_is_one_line_of_text(self):
        assert excerpt("Why\n\n is\tthe\u2028sky blue?", 100) == "Why is the sky blue?"

    def test_is_cut_with_a_mark(self):
        assert excerpt("x" * 300, 10) == "x" * 9 + "…"
        assert excerpt("x" * 10, 10) == "x" * 10
        assert excerpt(" " * 5000 + "late", 10) == "…"

    def test_has_no_control_or_direction_characters(self):
        assert excerpt("a\u202eb\x00c\x1b[31m\ud800") == "abc[31m"

    def test_keeps_the_joiners_that_spell_words(self):
        assert excerpt("می\u200cخواهم بروم") == "می\u200cخواهم بروم"
        assert excerpt("क्\u200dष 👩\u200d🔬") == "क्\u200dष 👩\u200d🔬"

    def test_keeps_the_signs_of_numbers_in_arabic(self):
        assert excerpt("\u06dd١٢") == "\u06dd١٢"

    @pytest.mark.parametrize("word", ["می\u200cخواهم", "👩\u200d🔬", "👍🏽", "क्ष", "e\u0301"])
    def test_is_not_cut_between_what_is_joined(self, word):
        shown = {excerpt("x" * 5 + word + " and more", limit) for limit in range(6, 20)}
        for cut in shown:
            assert not cut.rstrip("…").endswith(("\u200c", "\u200d"))
        assert excerpt("xx👍🏽 and more", 4) == "xx…"
        assert excerpt("xx👩\u200d🔬 and more", 5) == "xx…"

    def test_is_text_and_not_html(self):
        assert excerpt("<b> & *em*") == "<b> & *em*"

    @pytest.mark.parametrize(
        ("text", "language", "direction"),
        [
            ("React היא ספרייה", "", "rtl"),
            ("The word שלום means peace", "", "ltr"),
            ("npm install react עם הגרסה", "he", "rtl"),
            ("12-14", "Arabic", "rtl"),
            ("12-14", "", "ltr"),
            ("x" * 5000 + "שלום" * 5000, "", "ltr"),
        ],
    )
    def test_runs_as_its_words_do(self, text, language, direction):
        assert excerpt_direction(text, language) == direction
        assert untrusted.direction(text, language) == direction

    @given(st.text(), st.integers(1, 50))
    def test_is_never_longer(self, text, limit):
        assert len(excerpt(text, limit)) <= limit
