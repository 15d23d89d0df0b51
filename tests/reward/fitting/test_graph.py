import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reward.fitting import Comparisons, Reason, aggregate, connected_parts, estimable
from reward.fitting.graph import davidson_exists
from reward.fitting.reasons import Note
from reward.vocabulary import NoteCode, ReasonCode


def table(*beats, n, ties=()):
    """``(i, j)``: i beat j."""
    first = [i for i, _ in beats] + [i for i, _ in ties]
    second = [j for _, j in beats] + [j for _, j in ties]
    return aggregate(Comparisons.of(first, second, [0] * len(beats) + [2] * len(ties), n))


class TestConnectedParts:
    def test_takes_lone_models_for_parts_of_their_own(self):
        assert connected_parts(table((0, 1), n=3))[0] == 2

    def test_has_none_without_models(self):
        assert connected_parts(table(n=0))[0] == 0


class TestEstimable:
    def test_rates_a_cycle(self):
        found = estimable(table((0, 1), (1, 2), (2, 0), n=3))

        assert found.group.tolist() == [0, 0, 0]
        assert found.n_groups == 1

    def test_lets_a_tie_close_the_way_back(self):
        assert estimable(table((0, 1), n=2, ties=[(0, 1)])).group.tolist() == [0, 0]

    def test_names_the_undefeated_and_the_winless_and_rates_the_rest(self):
        found = estimable(table((0, 1), (1, 2), (2, 1), (1, 3), (2, 3), n=4))

        assert found.group.tolist() == [-1, 0, 0, -1]
        assert found.reasons == (Reason(ReasonCode.UNDEFEATED), None, None, Reason(ReasonCode.WINLESS))

    def test_names_whom_a_separated_model_never_lost_to(self):
        found = estimable(table((0, 1), (1, 2), n=3))

        assert found.reasons[1] == Reason(ReasonCode.SEPARATED, {"never_lost_to": [2], "never_beat": [0]})

    def test_rates_separated_blocks_each_by_itself_and_notes_it(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (1, 3), n=4))

        assert found.group.tolist() == [0, 0, 1, 1]
        assert found.n_parts == 1
        assert found.notes == (Note(NoteCode.SEPARATED_GROUPS, {"groups": [[0, 1], [2, 3]]}),)

    def test_notes_no_separation_where_the_graph_falls_apart(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), n=4))

        assert (found.n_groups, found.n_parts, found.notes) == (2, 2, ())

    def test_numbers_the_group_with_more_comparisons_first(self):
        found = estimable(table((0, 1), (1, 0), (2, 3), (3, 2), (3, 2), n=4))

        assert found.group.tolist() == [1, 1, 0, 0]

    def test_tells_when_a_model_was_never_compared(self):
        assert estimable(table((0, 1), n=3)).reasons[2] == Reason(ReasonCode.NO_COMPARISONS)

    def test_gives_reasons_that_can_be_stored_as_json(self):
        found = estimable(table((0, 1), (1, 2), (3, 4), (4, 3), (3, 1), (5, 6), (6, 5), (3, 6), n=7))

        assert json.loads(json.dumps([dict(thing.arguments) for thing in (*found.notes, found.reasons[1])]))


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


COMPARISON = st.tuples(st.integers(0, 4), st.integers(1, 4), st.booleans()).map(
    lambda drawn: (drawn[0], (drawn[0] + drawn[1]) % 5, drawn[2])
)


def of_rows(rows):
    """Counts of five models from ``(i, j, tie)``."""
    return table(*[(i, j) for i, j, tie in rows if not tie], n=5, ties=[(i, j) for i, j, tie in rows if tie])


class TestDavidsonExists:
    def test_needs_more_than_one_win_and_one_tie(self):
        counts = table((0, 1), n=2, ties=[(0, 1)])

        assert not davidson_exists(counts.wins, counts.ties)

    def test_needs_more_than_ties(self):
        counts = table(n=3, ties=[(0, 1), (1, 2)])

        assert not davidson_exists(counts.wins, counts.ties)

    def test_holds_with_two_wins_up_and_one_tie_back(self):
        counts = table((0, 1), (1, 2), n=3, ties=[(0, 2)])

        assert davidson_exists(counts.wins, counts.ties)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(COMPARISON, min_size=1, max_size=9))
    def test_agrees_with_linear_programming(self, rows):
        counts = of_rows(rows)

        assert davidson_exists(counts.wins, counts.ties) == (not escapes(counts.wins, counts.ties))

    def test_agrees_with_linear_programming_where_it_is_often_true_and_often_false(self):
        rng = np.random.default_rng(8)
        answers = []
        for _ in range(100):
            first = rng.integers(0, 4, 6)
            rows = zip(first, (first + rng.integers(1, 4, 6)) % 4, rng.random(6) < 0.5, strict=True)
            counts = of_rows(list(rows))
            answers.append(davidson_exists(counts.wins, counts.ties))
            assert answers[-1] == (not escapes(counts.wins, counts.ties))

        assert 20 < sum(answers) < 80
