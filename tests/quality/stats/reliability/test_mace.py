from __future__ import annotations

import numpy as np
import pytest

from quality.stats.labels import labels
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.mace import Mace, _confusion, mace, parts


class TestMace:
    def test_names_the_items_of_d_possent_as_crowdkit_does_and_is_likelier(self, d_sentiment, crowdkit):
        judged = JudgedItems.of(labels(d_sentiment.item, d_sentiment.worker, d_sentiment.label), 85, 2)
        found = mace(judged)
        theirs = crowdkit["mace"]

        confusion = _confusion(np.array(theirs["knows"]), np.array(theirs["guess"]), 2)
        assert found.log_likelihood > judged.expect(found.prior, confusion)[1]
        assert (found.posterior.argmax(axis=1) == crowdkit.labels("mace")).mean() > 0.985
        assert np.corrcoef(parts(found.confusion)[0], theirs["knows"])[0, 1] > 0.9

    def test_finds_who_guesses_and_what(self):
        rng = np.random.default_rng(1)
        knows = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.0])
        guess = np.array([[0.25] * 4] * 4 + [[0.7, 0.1, 0.1, 0.1], [0.0, 0.0, 1.0, 0.0]])
        truth = rng.integers(0, 4, 4000)
        guessed = np.array([rng.choice(4, 4000, p=row) for row in guess]).T
        verdict = np.where(rng.random((4000, 6)) < knows, truth[:, None], guessed)
        judged = JudgedItems.of(
            labels(np.repeat(np.arange(4000), 6), np.tile(np.arange(6), 4000), verdict.ravel()), 6, 4
        )

        found_knows, found_guess = parts(mace(judged).confusion)

        assert found_knows == pytest.approx(knows, abs=0.04)
        assert found_guess[4:] == pytest.approx(guess[4:], abs=0.04)

    def test_stays_within_its_model_wherever_a_step_leads(self):
        rng = np.random.default_rng(2)
        outside = rng.dirichlet(np.ones(3), (5, 3))
        inside = Mace().fit_to(outside)

        assert inside.sum(axis=2) == pytest.approx(np.ones((5, 3)))
        assert Mace().fit_to(inside) == pytest.approx(inside, abs=1e-9)
        knows, guess = parts(inside)
        assert ((knows >= 0) & (knows <= 1)).all()
        assert guess.sum(axis=1) == pytest.approx(np.ones(5))
