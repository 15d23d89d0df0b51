"""The cache of rendered texts and its bounds."""

from __future__ import annotations

import pytest

from common.rendering.cache import RenderedTexts, key_of
from common.rendering.markdown import render


class TestRenderedTexts:
    def test_hold_at_most_so_many_entries(self):
        texts = RenderedTexts(entries=3, characters=80)
        for i in range(5):
            texts[b"%d" % i] = "x" * 5

        assert [b"%d" % i in texts for i in range(5)] == [False, False, True, True, True]

    def test_hold_at_most_so_many_characters(self):
        texts = RenderedTexts(entries=100, characters=80)
        for i in range(20):
            texts[b"%d" % i] = "y" * 10

        assert len(texts) == 8
        assert texts.currsize == 80

    def test_refuse_a_text_that_would_evict_most_others(self):
        texts = RenderedTexts(entries=3, characters=80)
        texts[b"short"] = "x" * 10

        with pytest.raises(ValueError):
            texts[b"long"] = "x" * 11
        assert list(texts) == [b"short"]

    def test_let_the_least_recently_used_go(self):
        texts = RenderedTexts(entries=2, characters=80)
        texts[b"a"] = "1"
        texts[b"b"] = "2"
        texts[b"a"]
        texts[b"c"] = "3"

        assert set(texts) == {b"a", b"c"}


class TestRender:
    def test_keeps_what_it_rendered(self):
        html = render("*once*")

        assert render.cache[key_of("*once*")] == html

    def test_does_not_keep_a_very_long_text(self):
        long = "word " * 500_000

        assert "word" in render(long)
        assert key_of(long) not in render.cache
