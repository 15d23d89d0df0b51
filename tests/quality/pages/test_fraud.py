"""What pages say of a suspicion of fraud."""

from __future__ import annotations

import pytest

from quality.pages.fraud import LABELS, SHORT, WORDS, finding, findings
from quality.stats.fraud.alternatives import Alternative, State

ALARM = {
    "member": 7,
    "n": 60,
    "state": "alarm",
    "alternative": "always_left",
    "evidence": {"log_ratio": 30.0, "n": 58, "crossed": 12, "log_ratio_at_crossing": 6.7},
}


class TestFinding:
    @pytest.mark.parametrize("alternative", Alternative)
    def test_has_words_for_every_alternative(self, alternative: Alternative) -> None:
        evidence = ALARM["evidence"] | ({"other": 3} if alternative is Alternative.COPIES else {})
        found = finding(ALARM | {"alternative": alternative.value, "evidence": evidence}, {3: "Annotator 003"})
        assert found.sentence == f"Perhaps {WORDS[alternative].format(other='Annotator 003')}"
        assert found.alarms

    @pytest.mark.parametrize("state", State)
    def test_has_words_for_every_state(self, state: State) -> None:
        assert LABELS[state]
        assert SHORT[state]

    def test_says_when_it_was_sure_how_sure_it_is_and_how_often_that_is_wrong(self) -> None:
        assert finding(ALARM, {}).evidence == (
            "After 12 judgements that explanation was 810 times likelier than honest judging; now, after 58, it is over a "
            "million times likelier. Of honest annotators 1 in 100 ever get as far, however much they judge."
        )

    def test_that_is_only_watched_says_how_often_that_is_wrong(self) -> None:
        watched = finding(ALARM | {"state": "watch", "evidence": {"log_ratio": 4.6, "n": 30}}, {})
        assert watched.evidence == (
            "Now, after 30, it is 99 times likelier. Of honest annotators 10 in 100 ever get as far, however much they judge."
        )
        assert not watched.alarms

    def test_names_nobody_who_is_gone(self) -> None:
        copies = finding(ALARM | {"alternative": "copies", "evidence": ALARM["evidence"] | {"other": 99}}, {})
        assert copies.sentence == "Perhaps gives the answers that somebody who is gone gave before"

    def test_without_an_alternative_says_what_is_known(self) -> None:
        clear = finding({"member": 1, "n": 41, "state": "clear", "alternative": "", "evidence": {}}, {})
        early = finding({"member": 1, "n": 3, "state": "too_early", "alternative": "", "evidence": {}}, {})
        assert clear.sentence == "Somebody who answers at random would look different after 41 judgements"
        assert early.sentence == "3 judgements tell too little"

    def test_of_a_run_of_before_it_was_stored_is_nothing(self) -> None:
        assert findings(None, {}) == {}
