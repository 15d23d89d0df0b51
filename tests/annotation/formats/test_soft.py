from __future__ import annotations

import json

import pytest

from annotation.formats import soft, trl_preference
from annotation.formats.records import Message, Preference


class TestRows:
    @pytest.mark.parametrize("conversational", [False, True])
    def test_are_those_of_trl_preference_with_a_probability(self, conversational):
        row = Preference("2 + 2?", "4", "5", 0.8750004)
        (found,) = map(json.loads, soft.write([row], conversational=conversational))
        (plain,) = map(json.loads, trl_preference.write([row], conversational=conversational))

        assert found == plain | {"p_chosen": 0.875}

    def test_need_a_probability(self):
        with pytest.raises(ValueError, match="needs a probability"):
            list(soft.write([Preference("2 + 2?", "4", "5")], conversational=False))

    def test_of_strings_hold_no_conversation(self):
        with pytest.raises(ValueError, match="conversation"):
            list(soft.write([Preference((Message("user", "Hi"),), "4", "5", 0.5)], conversational=False))
