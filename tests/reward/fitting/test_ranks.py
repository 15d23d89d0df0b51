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
