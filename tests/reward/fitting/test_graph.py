import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reward.fitting import Comparisons, aggregate, components, estimable
from reward.fitting.graph import davidson_exists


def table(*beats, n, ties=()):
    """``(i, j)``: i beat j."""
    first = [i for i, _ in beats] + [i for i, _ in ties]
    second = [j for _, j in beats] + [j for _, j in ties]
    return aggregate(Comparisons.of(first, second, [0] * len(beats) + [2] * len(ties), n))


class TestComponents:
    def test_takes_lone_models_for_parts_of_their_own(self):
        assert components(table((0, 1), n=3))[0] == 2

    def test_has_none_without_models(self):
        assert components(table(n=0))[0] == 0


class TestEstimable:
    def test_rates_a_cycle(self):
        found = estimable(table((0, 1), (1, 2), (2, 0), n=3))

        assert found.component.tolist() == [0, 0, 0]
        assert found.n_components == 1

    def test_lets_a_tie_close_the_way_back(self):
        assert estimable(table((0, 1), n=2, ties=[(0, 1)])).component.tolist() == [0, 0]

    def test_names_the_undefeated_and_the_winless_and_rates_the_rest(self):
        found = estimable(table((0, 1), (1, 2), (2, 1), (1, 3), (2, 3), n=4))

        assert found.component.tolist() == [-1, 0, 0, -1]
        assert found.reasons == ("undefeated: won every comparison", "", "", "winless: lost every comparison")

    def test_names_whom_a_separated_model_never_lost_to(self):
        found = estimable(table((0, 1), (1, 2), n=3), ["fox", "owl", "eel"])

        assert found.reasons[1] == "separated: never lost to eel, never beat fox"

    def test_rates_separated_blocks_each_by_itself_and_says_so(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (1, 3), n=4), ["a", "b", "c", "d"])

        assert found.component.tolist() == [0, 0, 1, 1]
        assert found.n_connected == 1
        assert found.notes == (
            "separated: ratings compare inside each of these groups and not across them: a, b; c, d",
        )

    def test_says_nothing_of_separation_where_the_graph_falls_apart(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), n=4))

        assert (found.n_components, found.n_connected, found.notes) == (2, 2, ())

    def test_numbers_the_group_with_more_comparisons_first(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), (3, 2), n=4))

        assert found.component.tolist() == [1, 1, 0, 0]

    def test_says_when_a_model_was_never_compared(self):
        assert estimable(table((0, 1), n=3)).reasons[2] == "no comparisons"

    def test_shortens_a_long_list(self):
        beats = [(0, 5)] + [(5, k) for k in range(1, 5)]

        assert "never lost to model 1, model 2, model 3 and 1 more" in estimable(table(*beats, n=6)).reasons[5]

    def test_wants_a_name_for_each_model(self):
        with pytest.raises(ValueError, match="1 names for 2 models"):
            estimable(table((0, 1), n=2), ["one"])


def escapes(wins, ties):
    """By linear programming: is there u with u_i - u_j >= 1 for every win and |u_i - u_j| <= 1 for every tie?"""
    rows, bounds = [], []
    for i, j in zip(*np.nonzero(wins), strict=True):
        rows.append(np.eye(len(wins))[j] - np.eye(len(wins))[i])
        bounds.append(-1.0)
    for i, j in zip(*np.nonzero(ties), strict=True):
        rows.append(np.eye(len(wins))[i] - np.eye(len(wins))[j])
        bounds.append(1.0)
    return linprog(np.zeros(len(wins)), A_ub=np.array(rows), b_ub=bounds, bounds=(None, None)).status == 0


class TestDavidsonExists:
    def test_needs_more_than_one_win_and_one_tie(self):
        counts = table((0, 1), n=2, ties=[(0, 1)])

        assert not davidson_exists(counts.wins, counts.ties)

    def test_needs_more_than_ties(self):
        counts = table(n=3, ties=[(0, 1), (1, 2)])

        assert not davidson_exists(counts.wins, counts.ties)

    def test_is_content_with_two_wins_up_and_one_tie_back(self):
        counts = table((0, 1), (1, 2), n=3, ties=[(0, 2)])

        assert davidson_exists(counts.wins, counts.ties)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=1, max_size=9))
    def test_agrees_with_linear_programming(self, said):
        said = [(i, j, tie) for i, j, tie in said if i != j]
        counts = table(*[(i, j) for i, j, tie in said if not tie], n=5, ties=[(i, j) for i, j, tie in said if tie])
        if said:
            assert davidson_exists(counts.wins, counts.ties) == (not escapes(counts.wins, counts.ties))
