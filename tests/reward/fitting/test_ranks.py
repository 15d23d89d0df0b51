import numpy as np

from reward.fitting.ranks import rank_intervals


class TestRankIntervals:
    def test_are_single_ranks_where_everything_is_sure(self):
        low, high = rank_intervals(np.array([0.0, 2.0, -2.0]), np.eye(3) * 1e-4, np.zeros(3, int))

        assert low.tolist() == high.tolist() == [2, 1, 3]

    def test_are_shared_where_nothing_is_sure(self):
        low, high = rank_intervals(np.array([0.1, 0.0, -0.1]), np.eye(3), np.zeros(3, int))

        assert low.tolist() == [1, 1, 1]
        assert high.tolist() == [3, 3, 3]

    def test_take_the_covariance_of_the_two_into_account(self):
        apart = np.array([[1.0, 0.99], [0.99, 1.0]])

        low, high = rank_intervals(np.array([0.5, -0.5]), apart, np.zeros(2, int))

        assert low.tolist() == high.tolist() == [1, 2]

    def test_stay_inside_a_group(self):
        low, high = rank_intervals(np.array([9.0, -9.0, 1.0, -1.0]), np.eye(4) * 1e-4, np.array([0, 0, 1, 1]))

        assert low.tolist() == high.tolist() == [1, 2, 1, 2]

    def test_are_not_given_without_an_interval(self):
        covariance = np.full((3, 3), np.nan)
        covariance[2, 2] = 1.0

        low, high = rank_intervals(np.array([np.nan, 0.5, 0.0]), covariance, np.array([-1, 0, 0]))

        assert low.tolist() == high.tolist() == [0, 0, 0]

    def test_are_wrong_in_one_of_twenty_draws_at_most_where_all_models_are_equal(self):
        # Ten equal models, 45 differences: each tested by itself, most draws would rank somebody above another.
        rng = np.random.default_rng(1)
        wrong = 0
        for _ in range(1000):
            low, high = rank_intervals(rng.normal(0, 0.1, 10), np.eye(10) * 0.01, np.zeros(10, int))
            wrong += not ((low == 1) & (high == 10)).all()

        assert wrong / 1000 <= 0.065

    def test_step_down_through_the_differences(self):
        # Differences of 2.33 and 2.57 have p-values .020 and .010, which .05 / 3 does not admit; the largest one makes way.
        low, high = rank_intervals(np.array([0.0, 2.33, 4.9]), np.eye(3) * 0.5, np.zeros(3, int))

        assert low.tolist() == high.tolist() == [3, 2, 1]

    def test_need_more_evidence_of_few_units(self):
        many = rank_intervals(np.array([0.0, 1.1]), np.eye(2) * 0.125, np.zeros(2, int))
        few = rank_intervals(np.array([0.0, 1.1]), np.eye(2) * 0.125, np.zeros(2, int), freedom=np.full(2, 4.0))

        assert many[1].tolist() == [2, 1]
        assert few[1].tolist() == [2, 2]
