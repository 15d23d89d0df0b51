"""What counts as a word."""

from __future__ import annotations

import pytest

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

WORDS = """
const { words, starts, ends } = wordsOf([text]);
return { words: starts.map((start, at) => text.slice(start, ends[at])), numbers: words };
"""
INSIDE_A_CHARACTER = """
const { starts, ends } = wordsOf([text]);
const edges = new Set([text.length]);
for (const { index } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)) edges.add(index);
return [...starts, ...ends].filter((place) => !edges.has(place));
"""


def words(page: ModulePage, text: str) -> list[str]:
    return page.run(WORDS, text=text)["words"]


class TestWords:
    def test_end_at_spaces_and_signs(self, module_page: ModulePage) -> None:
        assert words(module_page, "It's 3.5 km, isn’t it?") == ["It's", "3", ".", "5", "km", ",", "isn’t", "it", "?"]
        assert words(module_page, "snake_case(x)") == ["snake_case", "(", "x", ")"]

    def test_are_letters_in_scripts_without_spaces(self, module_page: ModulePage) -> None:
        assert words(module_page, "我们用Python吧。") == ["我", "们", "用", "Python", "吧", "。"]
        assert words(module_page, "カタカナとか") == list("カタカナとか")
        assert words(module_page, "สวัสดี") == ["ส", "วั", "ส", "ดี"]

    def test_are_whole_in_scripts_with_spaces(self, module_page: ModulePage) -> None:
        assert words(module_page, "می‌خواهم بروم") == ["می‌خواهم", "بروم"]
        assert words(module_page, "한국어 문장") == ["한국어", "문장"]
        assert words(module_page, "हिन्दी में") == ["हिन्दी", "में"]

    def test_are_numbered_alike_where_they_look_alike(self, module_page: ModulePage) -> None:
        numbers = module_page.run(WORDS, text="caf\u00e9 cafe\u0301 cafe \u304c \u304b\u3099 \u304b Caf\u00e9")[
            "numbers"
        ]
        assert numbers[0] == numbers[1]
        assert numbers[3] == numbers[4]
        assert len(set(numbers)) == 5

    def test_hold_a_formula_whole(self, module_page: ModulePage) -> None:
        assert words(module_page, "so \0<math>x + 1</math>\0.") == ["so", "\0<math>x + 1</math>\0", "."]

    @pytest.mark.parametrize(
        "text",
        [
            "👨‍👩‍👧‍👦👍🏽🇩🇪🇫🇷1️⃣ ❤️‍🔥🏴󠁧󠁢󠁥󠁮󠁧󠁿⚠️!",
            "กำลังนี้ น้ำ ที่ แก่",
            "ພາສາລາວ ນ້ຳ",
            "ភាសាខ្មែរ ស្ត្រី",
            "မြန်မာဘာသာ ဒုက္ခ",
            "が か\u3099 ｶﾞ ﾊﾟ 一\u3099",
            "é e\u0301 n\u0303o — “ok”…",
            "葛\U000e0100城 𠮷野家 邊\U000e0101",
            "क्षत्रिय স্ত্রী தமிழ் മലയാളം",
            "שָׁלוֹם מִקְרָא اَلْعَرَبِيَّةُ",
            "한국어 \u1112\u1161\u11ab",
        ],
    )
    def test_never_end_within_a_character(self, module_page: ModulePage, text: str) -> None:
        """By the browser's own rules of graphemes (Unicode Standard Annex 29)."""
        assert module_page.run(INSIDE_A_CHARACTER, text=text) == []
