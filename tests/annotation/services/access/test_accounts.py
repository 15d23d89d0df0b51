"""What users may change about themselves."""

from __future__ import annotations

import pytest

from annotation.pages.accounts import BAD_NAMES
from annotation.services.access import accounts


class TestPlainName:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [("", "no_letter"), ("...", "no_letter"), ("\u202e\u200f", "no_letter"), ("Ann\u200bie", "invisible_signs")],
    )
    def test_is_refused_for_a_reason_that_pages_word(self, name: str, reason: str) -> None:
        with pytest.raises(accounts.BadName) as refused:
            accounts.plain_name(name)

        assert refused.value.reason == reason
        assert reason in BAD_NAMES
