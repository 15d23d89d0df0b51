"""What kernels of agreement refuse, by the name of the argument: no figure comes of what they cannot represent."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.labels import labels

OF_COUNTS = [fleiss_kappa, gwet_ac1]
NO_COUNTS = [
    ([[math.nan, 1], [1, 1]], "infinite or not a number"),
    ([[math.inf, 1], [1, 1]], "infinite or not a number"),
    ([[-1, 3], [1, 1]], "outside 0 to"),
    ([[0.5, 1.5], [1, 1]], "fractions"),
    ([[4_000_000_000, 1], [1, 1]], "adds up to more than"),
    ([[2**62, 2**62], [1, 1]], "adds up to more than"),
    ([1, 2], "2 dimensions"),
]


class TestKernelsOfCounts:
    @pytest.mark.parametrize("kernel", OF_COUNTS)
    @pytest.mark.parametrize(("counts", "why"), NO_COUNTS)
    def test_refuse_what_no_counts_are(self, kernel, counts, why):
        with pytest.raises(ValueError, match=f"counts .*{why}"):
            kernel(np.array(counts))

    @pytest.mark.parametrize("kernel", OF_COUNTS)
    def test_take_as_many_judgements_as_64_bits_hold_the_products_of(self, kernel):
        many, few = np.array([[700_000_000, 1], [1, 700_000_000]]), np.array([[7_000, 0], [0, 7_000]])

        assert kernel(many).value == pytest.approx(kernel(few).value, abs=1e-6)


class TestConsensusKappas:
    def test_need_no_room_for_items_that_nobody_judged(self):
        item, annotator, verdict = np.repeat([0, 5, 9], 3), np.tile([0, 1, 2], 3), np.array([0, 0, 1, 1, 1, 1, 0, 0, 0])
        near = consensus_kappas(labels(item, annotator, verdict), 3, 2)
        far = consensus_kappas(labels(item * 10**9, annotator, verdict), 3, 2)

        assert repr(far) == repr(near)

    def test_refuse_annotators_outside_their_number_and_a_billion_of_them(self):
        one = labels(np.array([0]), np.array([3]), np.array([0]))

        with pytest.raises(ValueError, match="annotator lies outside 0 to 2"):
            consensus_kappas(one, 3, 2)
        with pytest.raises(ValueError, match="n_annotators asks for a table"):
            consensus_kappas(one, 10**9, 4)
