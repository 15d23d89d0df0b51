"""The order in which those who agree are neighbors, against every order that a tree allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from quality.stats.seriation import PRIOR, order, similarities


def random_table(r: int, seed: int) -> NDArray[np.float64]:
    half = np.triu(np.random.default_rng(seed).uniform(-0.2, 1.0, (r, r)), 1)
    return half + half.T + np.eye(r)


def length(table: NDArray[np.float64], at: list[int]) -> float:
    return sum(1 - table[i, j] for i, j in zip(at, at[1:], strict=False))


def clusters(table: NDArray[np.float64]) -> list[tuple[list[int], list[int]]]:
    """Average linkage by its definition: the joins, each the members of two clusters."""
    left, joins = [[i] for i in range(len(table))], []
    while len(left) > 1:
        x, y = min(combinations(left, 2), key=lambda two: np.mean([1 - table[i, j] for i, j in product(*two)]))
        joins.append((x, y))
        left = [each for each in left if each not in (x, y)] + [x + y]
    return joins


def orders(joins: list[tuple[list[int], list[int]]], of: list[int]) -> Iterator[list[int]]:
    """Every order of a cluster that keeps the clusters in it together."""
    if len(of) == 1:
        yield of
        return
    x, y = next(join for join in joins if sorted(join[0] + join[1]) == sorted(of))
    for first, second in product(orders(joins, x), orders(joins, y)):
        yield first + second
        yield second + first


class TestOrder:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("r", [3, 5, 8])
    def test_is_the_shortest_of_those_that_keep_clusters_together(self, r: int, seed: int) -> None:
        table = random_table(r, seed)
        every = list(orders(clusters(table), list(range(r))))
        assert len(every) == 2 ** (r - 1)
        found = order(table).tolist()
        assert found in every
        assert length(table, found) == pytest.approx(min(length(table, each) for each in every))

    def test_brings_groups_together_however_they_are_mixed(self) -> None:
        group = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
        noise = random_table(10, 3) * 0.1
        table = np.where(group[:, None] == group, 0.8, 0.1) + noise
        found = group[order((table + table.T) / 2)]
        assert np.flatnonzero(np.diff(found)).size == 2

    def test_finds_a_line(self) -> None:
        at = np.array([3.0, 0.0, 4.0, 1.0, 2.0])
        found = at[order(1 - np.abs(at[:, None] - at) / 5)]
        assert found.tolist() in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0])

    def test_begins_where_agreement_is_better(self) -> None:
        table = np.full((5, 5), 0.1)
        table[2:, 2:] = 0.9
        assert set(order(table)[:3].tolist()) == {2, 3, 4}

    def test_does_not_depend_on_how_annotators_are_numbered(self) -> None:
        table = random_table(9, 5)
        names = np.random.default_rng(0).permutation(9)
        assert names[order(table[np.ix_(names, names)])].tolist() == order(table).tolist()

    @pytest.mark.parametrize("r", [0, 1, 2])
    def test_of_fewer_than_three_is_as_given(self, r: int) -> None:
        assert order(np.ones((r, r))).tolist() == list(range(r))

    def test_refuses_what_is_no_table_of_similarities(self) -> None:
        for table in (np.ones((3, 2)), np.full((3, 3), np.nan), np.full((3, 3), 1.5), np.arange(9).reshape(3, 3) / 9):
            with pytest.raises(ValueError, match="similarity"):
                order(table)

    def test_covers_everybody_once(self) -> None:
        assert sorted(order(random_table(60, 1)).tolist()) == list(range(60))


class TestSimilarities:
    def test_of_two_who_share_much_are_what_they_share(self) -> None:
        found = similarities([0, 0, 1], [1, 2, 2], [0.9, 0.1, 0.1], [10**7] * 3, 3)
        assert found[0, 1] == pytest.approx(0.9, abs=1e-4)
        assert found[2, 0] == pytest.approx(0.1, abs=1e-4)

    def test_of_two_who_share_nothing_follow_from_their_levels(self) -> None:
        many = 10**7
        found = similarities([0, 2], [1, 3], [0.9, 0.1], [many, many], 5)
        assert found[0, 2] == pytest.approx(0.9 + 0.1 - 0.5, abs=1e-4)
        assert found[0, 4] == pytest.approx(0.9, abs=1e-4)  # of whom nothing is known: the overall level

    def test_pull_by_the_prior(self) -> None:
        found = similarities([0, 2], [1, 3], [1.0, 0.0], [20, 20], 4)
        level = (20 * 1.0 + PRIOR * 0.5) / (20 + PRIOR)
        assert found[0, 1] == pytest.approx((20 * 1.0 + PRIOR * (2 * level - 0.5)) / (20 + PRIOR))

    def test_leave_out_what_is_undefined(self) -> None:
        assert similarities([0, 1], [1, 2], [np.nan, 0.4], [9, 9], 3)[0, 1] == pytest.approx(
            similarities([1], [2], [0.4], [9], 3)[0, 1]
        )

    def test_of_nothing_are_level(self) -> None:
        assert similarities([], [], [], [], 2).tolist() == [[1, 0], [0, 1]]
