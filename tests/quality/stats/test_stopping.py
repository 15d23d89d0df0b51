"""When a pair has judgements enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.stats.consensus import Consensus, evaluate
from quality.stats.labels import labels
from quality.stats.planning import expected, one_coin
from quality.stats.stopping import EVIDENCE, Rule, State, audit, compared, decide, known_to

RULE = Rule(target=0.9, least=2, most=5, fixed=3)


def decided(n, *, reached=False, known=True, audited=False, leased=0, rule=RULE):
    """The state of one pair and how many judgements are wanted of it."""
    found = Consensus(np.zeros(1, np.int8), np.array([reached]), np.array([n]))
    made = decide(found, known=np.array([known]), audited=np.array([audited]), leased=np.array([leased]), rule=rule)
    return State(int(made.state[0])), int(made.wanted[0])


class TestDecide:
    def test_asks_for_the_least_of_a_pair_that_nobody_has_judged(self):
        assert decided(0) == (State.OPEN, 2)

    def test_settles_nothing_before_the_least(self):
        assert decided(1, reached=True) == (State.OPEN, 2)

    def test_settles_a_pair_whose_verdict_is_likely_enough(self):
        assert decided(2, reached=True) == (State.SETTLED, 2)

    def test_asks_for_one_more_where_it_is_not(self):
        assert decided(2) == (State.OPEN, 3)
        assert decided(4) == (State.OPEN, 5)

    def test_takes_who_judges_it_now_for_that_one_more(self):
        assert decided(2, leased=1) == (State.OPEN, 3)

    def test_never_asks_for_more_than_the_most(self):
        assert decided(5) == (State.UNSETTLED, 5)
        assert decided(7) == (State.UNSETTLED, 7)

    def test_waits_for_the_last_one_before_it_gives_up(self):
        assert decided(5, leased=1) == (State.OPEN, 5)

    def test_settles_at_the_most_too(self):
        assert decided(5, reached=True) == (State.SETTLED, 5)

    def test_asks_for_the_fixed_number_while_too_little_is_known_of_who_judged(self):
        assert decided(2, reached=True, known=False) == (State.OPEN, 3)
        assert decided(3, reached=True, known=False) == (State.SETTLED, 3)
        assert decided(3, known=False) == (State.OPEN, 4)

    def test_the_fixed_number_lies_between_least_and_most(self):
        assert Rule(target=0.9, least=4, most=6, fixed=2).unknown == 4
        assert Rule(target=0.9, least=1, most=2, fixed=3).unknown == 2

    def test_gives_audited_pairs_the_most_whatever_is_found(self):
        assert decided(0, audited=True) == (State.OPEN, 5)
        assert decided(4, reached=True, audited=True) == (State.OPEN, 5)
        assert decided(5, reached=True, audited=True) == (State.SETTLED, 5)

    def test_of_no_pair_decides_nothing(self):
        none = np.zeros(0, bool)
        made = decide(
            Consensus(np.zeros(0, np.int8), none, np.zeros(0, np.int64)),
            known=none, audited=none, leased=np.zeros(0, np.int64), rule=RULE,
        )  # fmt: skip
        assert len(made.state) == len(made.wanted) == 0

    @given(
        st.integers(0, 12), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3),
        st.integers(1, 4), st.integers(0, 4), st.integers(1, 8),
    )  # fmt: skip
    def test_wants_what_is_there_and_at_most_the_most(self, n, reached, known, audited, leased, least, more, fixed):
        rule = Rule(target=0.9, least=least, most=least + more, fixed=fixed)
        state, wanted = decided(n, reached=reached, known=known, audited=audited, leased=leased, rule=rule)

        assert n <= wanted <= max(n, rule.most)
        assert wanted >= min(least, rule.most)
        assert (state is State.SETTLED) <= (reached and n >= least)
        assert (state is State.OPEN) == (wanted > n or (state is State.OPEN and leased > 0))

    @pytest.mark.parametrize(
        "bad",
        [
            {"target": 0.5}, {"target": 1.1}, {"least": 0}, {"least": 6}, {"fixed": 0}, {"audited": -0.1}, {"audited": 1.1},
        ],
    )  # fmt: skip
    def test_refuses_a_rule_that_cannot_be(self, bad):
        with pytest.raises(ValueError, match=r"lies above|gets one|is a share"):
            Rule(**({"target": 0.9, "least": 2, "most": 5, "fixed": 3, "audited": 0.0} | bad))


class TestEvidence:
    def test_is_what_others_judged_too_and_gold(self):
        given_ = labels(np.array([0, 0, 0, 1, 2, 3]), np.array([0, 1, 2, 0, 0, 1]), np.zeros(6, np.int64))

        assert compared(given_, np.array([-1, -1, -1, -1, 2, -1], np.int8), 4).tolist() == [2, 1, 1, 0]

    def test_of_everybody_who_judged_a_pair_is_asked(self):
        given_ = labels(np.array([0, 0, 1]), np.array([0, 1, 0]), np.zeros(3, np.int64))

        assert known_to(given_, np.array([EVIDENCE, EVIDENCE - 1]), 3).tolist() == [False, True, True]


def world(rng, *, pairs, right, each, annotators=10, categories=3):
    """Everybody errs independently, as the model has it."""
    truth = rng.integers(0, categories, pairs)
    item = np.repeat(np.arange(pairs), each)
    who = np.sort(rng.random((pairs, annotators)).argpartition(each - 1, axis=1)[:, :each], axis=1).ravel()
    wrong = (truth[item] + rng.integers(1, categories, len(item))) % categories
    verdict = np.where(rng.random(len(item)) < right, truth[item], wrong)
    return truth, labels(item, who, verdict), one_coin(np.full(annotators, right), categories)


class TestAudit:
    RULE = Rule(target=0.85, least=1, most=5, fixed=3)

    def test_finds_the_next_judgement_to_agree_as_often_as_it_should_where_the_model_is_right(self):
        rng = np.random.default_rng(5)
        _, given_, confusion = world(rng, pairs=6000, right=0.75, each=5)

        found = audit(given_, rng.random(len(given_)), np.full(3, 1 / 3), confusion, rule=self.RULE)

        error = (found.expected * (1 - found.expected) / found.n) ** 0.5
        assert found.n > 4000
        assert abs(found.same / found.n - found.expected) < 3 * error

    def test_finds_it_to_agree_less_often_where_people_err_together(self):
        rng = np.random.default_rng(6)
        truth, given_, confusion = world(rng, pairs=6000, right=0.75, each=5)
        hard = rng.random(6000) < 0.3
        guessed = np.where(hard[given_.item], rng.integers(0, 3, len(given_)), given_.verdict)
        given_ = labels(given_.item, given_.annotator, guessed)

        found = audit(given_, rng.random(len(given_)), np.full(3, 1 / 3), confusion, rule=self.RULE)

        assert found.same / found.n < found.expected - 0.05

    def test_goes_by_the_order_in_which_judgements_were_given(self):
        confusion = one_coin([0.9, 0.9, 0.9], 2)
        given_ = labels(np.zeros(3, np.int64), np.arange(3), np.array([0, 1, 1]))
        rule = Rule(target=0.85, least=1, most=3, fixed=3)

        first = audit(given_, np.array([1.0, 2.0, 3.0]), np.full(2, 0.5), confusion, rule=rule)
        last = audit(given_, np.array([3.0, 1.0, 2.0]), np.full(2, 0.5), confusion, rule=rule)

        assert (first.n, first.same, first.saved) == (1, 0, 2)
        assert (last.n, last.same) == (1, 1)
        assert first.expected == pytest.approx(0.9 * 0.9 + 0.1 * 0.1)

    def test_of_nothing_expects_nothing(self):
        none = labels(*(np.zeros(0, np.int64) for _ in range(3)))
        found = audit(none, np.zeros(0), np.full(2, 0.5), one_coin([0.9], 2), rule=self.RULE)

        assert (found.pairs, found.n, found.same) == (0, 0, 0)
        assert np.isnan(found.expected)


class TestSettlingOnePairAfterTheOther:
    def test_takes_as_many_judgements_and_is_right_as_often_as_a_plan_says(self):
        """The plan enumerates all judgements; here pairs are judged one by one, and the rule is asked after each."""
        rng, pairs, right, target, most = np.random.default_rng(7), 20_000, 0.8, 0.9, 5
        truth, every, confusion = world(rng, pairs=pairs, right=right, each=most)
        rule = Rule(target=target, least=1, most=most, fixed=1)
        turn = rng.permuted(np.tile(np.arange(most), (pairs, 1)), axis=1).ravel()
        n, none = np.zeros(pairs, np.int64), np.zeros(pairs, dtype=bool)
        for _ in range(most + 1):
            so_far = every.where(turn < n[every.item])
            found = evaluate(so_far, np.full(3, 1 / 3), confusion, n_items=pairs, target=target)
            made = decide(found, known=~none, audited=none, leased=none.astype(np.int64), rule=rule)
            last, n = n, made.wanted

        assert (n == last).all()
        assert not (made.state == State.OPEN).any()
        plan = expected(np.full(3, 1 / 3), one_coin([right], 3), most=most, target=target)
        assert n.mean() == pytest.approx(plan.judgements[-1], abs=0.03)
        assert made.settled.mean() == pytest.approx(plan.settled[-1], abs=0.01)
        correct = found.verdict[made.settled] == truth[made.settled]
        assert correct.mean() == pytest.approx(plan.settled_accuracy[-1], abs=0.01)
