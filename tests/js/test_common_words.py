"""Which words two texts have in common, and what that costs."""

from __future__ import annotations

import random
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from tests.js.conftest import ModulePage

ASK = "const { matches, steps } = commonWords(a, b); return { matches: [...matches], steps };"
MOST = 60  # steps a word, as the module promises


def common(page: ModulePage, a: list[str], b: list[str]) -> dict:
    number = {word: at for at, word in enumerate({*a, *b})}
    found = page.run(ASK, a=[number[word] for word in a], b=[number[word] for word in b])
    pairs = [(one, other) for one, other in enumerate(found["matches"]) if other >= 0]
    assert all(a[one] == b[other] for one, other in pairs)
    assert all(left[1] < right[1] for left, right in pairwise(pairs)), "in one order"
    return {"words": [a[one] for one, _ in pairs], "steps": found["steps"]}


def edited(words: list[str], rng: random.Random, share: float) -> list[str]:
    """The words with some of them replaced, left out or put in."""
    found: list[str] = []
    for word in words:
        kind = rng.random()
        if kind < share / 3:
            continue
        found.append(f"new{rng.randrange(10**6)}" if kind < 2 * share / 3 else word)
        if kind > 1 - share / 3:
            found.append(f"more{rng.randrange(10**6)}")
    return found


def prose(rng: random.Random, length: int, vocabulary: int) -> list[str]:
    """Words, few of which are frequent, as in a language."""
    return [f"w{int(vocabulary * rng.random() ** 3)}" for _ in range(length)]


class TestCommonWords:
    def test_of_short_texts_are_a_longest_common_subsequence(self, module_page: ModulePage) -> None:
        rng = random.Random(1)
        for _ in range(20):
            a, b = (rng.choices("abcde", k=rng.randrange(0, 25)) for _ in range(2))
            table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
            for i in range(len(a) - 1, -1, -1):
                for j in range(len(b) - 1, -1, -1):
                    table[i][j] = table[i + 1][j + 1] + 1 if a[i] == b[j] else max(table[i + 1][j], table[i][j + 1])
            assert len(common(module_page, a, b)["words"]) == table[0][0]

    def test_of_equal_and_of_foreign_texts(self, module_page: ModulePage) -> None:
        a = prose(random.Random(2), 3000, 500)

        assert common(module_page, a, a)["words"] == a
        assert common(module_page, a, [f"x{word}" for word in a])["words"] == []
        assert common(module_page, [], a)["words"] == []

    def test_of_texts_that_repeat_themselves_are_all_but_the_edits(self, module_page: ModulePage) -> None:
        a = [f"w{at * at % 250}" for at in range(20_000)]
        b = [f"new{at}" if at % 700 == 350 else word for at, word in enumerate(a) if at % 900 != 450]

        found = common(module_page, a, b)["words"]

        assert len(found) == sum(1 for word in b if not word.startswith("new"))

    @pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
    def test_of_long_texts_are_nearly_all_that_was_kept(self, module_page: ModulePage, share: float) -> None:
        rng = random.Random(3)
        a = prose(rng, 8500, 4000)
        b = edited(a, rng, share)
        found = len(common(module_page, a, b)["words"])
        kept = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())

        assert found >= 0.97 * kept


class TestWork:
    @pytest.mark.parametrize(
        ("length", "vocabulary"),
        [(8_500, 4_000), (50_000, 2_500), (50_000, 60)],
        ids=["words", "characters", "few signs"],
    )
    @pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
    def test_follows_the_length(self, module_page: ModulePage, length: int, vocabulary: int, share: float) -> None:
        rng = random.Random(4)
        a = prose(rng, length, vocabulary)
        b = edited(a, rng, share) if share < 1 else prose(rng, length, vocabulary)

        assert common(module_page, a, b)["steps"] <= MOST * (len(a) + len(b)) + 10_000
