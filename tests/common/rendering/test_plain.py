"""Untrusted text shown as it is: the excerpt on one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.rendering.plain import excerpt


class TestExcerpt:
    def test_is_one_line_of_text(self):
        assert excerpt("Why\n\n is\tthe\u2028sky blue?", 100) == "Why is the sky blue?"

    def test_is_cut_with_a_mark(self):
        assert excerpt("x" * 300, 10) == "x" * 9 + "…"
        assert excerpt("x" * 10, 10) == "x" * 10
        assert excerpt(" " * 5000 + "late", 10) == "…"

    def test_has_no_control_or_direction_characters(self):
        assert excerpt("a\u202eb\x00c\x1b[31m\ud800") == "abc[31m"

    def test_is_text_and_not_html(self):
        assert excerpt("<b> & *em*") == "<b> & *em*"

    @given(st.text(), st.integers(1, 50))
    def test_is_never_longer(self, text, limit):
        assert len(excerpt(text, limit)) <= limit
