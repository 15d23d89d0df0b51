"""Prompts and responses as conversations."""

from __future__ import annotations

from annotation.selectors.conversation import opening, turns


class TestOpening:
    def test_is_the_last_question(self) -> None:
        messages = [
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "Two?"},
        ]
        assert opening(messages) == "Two?"
        assert opening("Alone?") == "Alone?"
        assert opening([{"role": "system", "content": "Be brief."}]) == "Be brief."
        assert turns([]) == []
