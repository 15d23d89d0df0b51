"""Which words of two responses are marked."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.js.conftest import ModulePage

pytestmark = pytest.mark.browser

ASK = """
const { found, marks, steps } = differencesOf(a, b);
return { found, marks: marks.map((side) => [...side]), steps, words: wordsOf([...a, ...b]).words.length };
"""
MOST = 60  # steps a word
SCRIPTS = {
    "en": ["the", "of", "chunk", "reads", "a", "file", "into", "memory", "slowly", "twice", "then", "every", "line"],
    "zh": list("我们今天去公园散步然后回家吃饭看书学习中文语言很有意思的事情。，"),
    "ja": list("今日は公園へ行きました。そして本を読みカタカナ"),
    "th": ["ก", "ำ", "น้ำ", "ที่", "นี่", "ไป", "ม", "า", "ดี", "วั", "น"],
    "ko": ["나는", "오늘", "공원에", "갔다", "그리고", "책을", "읽었다", "집에서", "밥을"],
    "ar": ["ذهبت", "إلى", "الحديقة", "اليوم", "ثم", "قرأت", "كتابا", "في", "البيت"],
    "mixed": ["👨‍👩‍👧", "🇩🇪", "e\u0301", "x", "=", "1", "한", "字", "می‌خواهم", "\t", "—"],
}
SPACED = {"en", "ko", "ar", "mixed"}


def marked(texts: list[str], marks: list[int]) -> list[list[str]]:
    """The marked passages of each text, and the test that they are in order and do not overlap."""
    found: list[list[str]] = [[] for _ in texts]
    last = (-1, 0)
    for text, start, end in zip(marks[::3], marks[1::3], marks[2::3], strict=True):
        assert (text, start) >= last
        assert start < end <= len(texts[text].encode("utf-16-le")) // 2
        last = (text, end)
        found[text].append(units(texts[text], start, end))
    return found


def units(text: str, start: int, end: int) -> str:
    """The part of a text between two places that are counted as JavaScript does, in units of UTF-16."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")  # fails within a character of two units


def unmarked(texts: list[str], marks: list[int]) -> str:
    """All signs that are not marked, without spaces."""
    found = ""
    for number, text in enumerate(texts):
        place = 0
        for which, start, end in zip(marks[::3], marks[1::3], marks[2::3], strict=True):
            if which == number:
                found += units(text, place, start)
                place = end
        found += units(text, place, len(text.encode("utf-16-le")) // 2)
    return re.sub(r"\s+", "", found)


def differences(page: ModulePage, a: list[str], b: list[str]) -> dict:
    found = page.run(ASK, a=a, b=b)
    assert found["steps"] <= MOST * found["words"] + 10_000
    if found["found"] == "marked":
        found["a"], found["b"] = marked(a, found["marks"][0]), marked(b, found["marks"][1])
        assert unmarked(a, found["marks"][0]) == unmarked(b, found["marks"][1])
    return found


def text(script: str, words: list[str]) -> str:
    return (" " if script in SPACED else "").join(words)


def sentences(script: str, count: int, rng: random.Random) -> list[str]:
    vocabulary = [text("th", rng.choices(SCRIPTS[script], k=2)) for _ in range(500)]
    return [text(script, rng.choices(vocabulary, k=rng.randrange(6, 20))) for _ in range(count)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Two lists of texts in one script, the second mostly an edition of the first."""
    script = draw(st.sampled_from(sorted(SCRIPTS)))
    word = st.sampled_from(SCRIPTS[script])
    a = draw(st.lists(st.lists(word, max_size=60), min_size=1, max_size=5))
    b = [list(words) for words in a]
    for _ in range(draw(st.integers(0, 8))):
        words = b[draw(st.integers(0, len(b) - 1))]
        start = draw(st.integers(0, len(words)))
        words[start : start + draw(st.integers(0, 8))] = draw(st.lists(word, max_size=8))
    if draw(st.booleans()):
        b.insert(draw(st.integers(0, len(b))), draw(st.lists(word, max_size=30)))
    return [text(script, words) for words in a], [text(script, words) for words in b]


class TestDifferencesOfTexts:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(pairs())
    def test_leave_unmarked_only_what_both_have_in_one_order(
        self, module_page: ModulePage, pair: tuple[list[str], list[str]]
    ) -> None:
        differences(module_page, *pair)

    @pytest.mark.parametrize("script", sorted(SCRIPTS))
    def test_are_what_was_changed(self, module_page: ModulePage, script: str) -> None:
        rng = random.Random(1)
        a = sentences(script, 40, rng)
        b = list(a)
        b[20] = text(script, [*SCRIPTS[script][:4], "Другое", *SCRIPTS[script][4:8]])

        found = differences(module_page, a, b)

        assert found["found"] == "marked"
        assert [number for number, passages in enumerate(found["b"]) if passages] == [20]
        assert sum(map(len, found["a"])) == sum(map(len, found["b"])) == 1

    def test_mark_a_changed_paragraph_as_one(self, module_page: ModulePage) -> None:
        rng = random.Random(2)
        a = sentences("zh", 10, rng)
        other = sentences("zh", 1, rng)[0]
        b = [*a[:4], other, *a[5:]]

        found = differences(module_page, a, b)

        assert found["a"][4] == [a[4]]
        assert found["b"][4] == [other]
        assert sum(map(len, found["a"])) == 1

    def test_join_over_common_words_that_are_fewer_than_those_that_differ(self, module_page: ModulePage) -> None:
        same = " ".join(f"same{n}" for n in range(20))
        a = f"{same} one two three four five is in the garden six seven eight nine ten {same}"
        b = f"{same} 1 2 3 4 5 is in the garden 6 7 8 9 10 {same}"

        found = differences(module_page, [a], [b])

        assert found["a"] == [["one two three four five is in the garden six seven eight nine ten"]]

    def test_keep_a_whole_sentence_in_a_rewritten_text(self, module_page: ModulePage) -> None:
        kept = "the second reads the file line by line and forgets it"
        a = f"{' '.join(f'a{n}' for n in range(20))} {kept} {' '.join(f'b{n}' for n in range(20))}"
        b = f"{' '.join(f'c{n}' for n in range(20))} {kept} {' '.join(f'd{n}' for n in range(20))}"

        found = differences(module_page, [a], [b])

        assert unmarked([a], found["marks"][0]) == kept.replace(" ", "")

    def test_are_none_of_equal_texts(self, module_page: ModulePage) -> None:
        assert differences(module_page, ["One two."], ["One\n two ."])["found"] == "same"
        assert differences(module_page, [], [])["found"] == "same"

    def test_are_not_marked_one_by_one_where_nearly_all_differs(self, module_page: ModulePage) -> None:
        rng = random.Random(3)
        a, b = sentences("zh", 400, rng), sentences("zh", 400, random.Random(4))
        assert differences(module_page, a, b)["found"] == "nothing in common"
        assert differences(module_page, [], ["All of it."])["found"] == "nothing in common"

    def test_mark_all_but_the_short_response_in_one_that_contains_it(self, module_page: ModulePage) -> None:
        short = sentences("en", 2, random.Random(5))
        found = differences(module_page, short, [*short, *sentences("ko", 30, random.Random(6))])
        assert found["marks"][0] == []
        assert [len(passages) for passages in found["b"]] == [0, 0, *[1] * 30]

    def test_of_one_very_long_paragraph_are_no_more_than_can_be_read(self, module_page: ModulePage) -> None:
        rng = random.Random(7)
        a = "".join(sentences("zh", 2000, rng))
        b = "".join("々" if rng.random() < 0.08 else sign for sign in a)

        found = differences(module_page, [a], [b])

        assert len(a) > 40_000
        assert 100 < len(found["a"][0]) < 2500


class TestWorkOnFiftyThousandCharacters:
    @pytest.mark.parametrize("script", sorted(SCRIPTS.keys() - {"mixed"}))
    @pytest.mark.parametrize("change", ["nothing", "some", "a third", "order", "all"])
    @pytest.mark.parametrize("paragraphs", ["one", "many"])
    def test_follows_the_length(self, module_page: ModulePage, script: str, change: str, paragraphs: str) -> None:
        """The bound is in `differences`. Milliseconds are measured by `make bench ONLY=judging_page`."""
        rng = random.Random(8)
        a = sentences(script, 50_000 // (25 if script in {"zh", "ja"} else 70), rng)
        fresh = sentences(script, len(a), rng)
        share = {"nothing": 0, "some": 0.02, "a third": 0.3, "order": 0, "all": 1}[change]
        b = [new if rng.random() < share else old for old, new in zip(a, fresh, strict=True)]
        if change == "order":
            rng.shuffle(b)
        join = (lambda texts: [" ".join(texts)]) if paragraphs == "one" else list

        found = differences(module_page, join(a), join(b))

        assert found["found"] == {"nothing": "same", "all": "nothing in common"}.get(change, found["found"])
        if change in {"some", "a third"}:
            assert found["found"] == "marked"
            assert len(unmarked(join(a), found["marks"][0])) >= 0.9 * (1 - share) * len("".join(a).replace(" ", ""))
