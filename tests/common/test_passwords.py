"""Passwords in the one form in which they are hashed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.passwords import LONGEST, Unusable, prepared

TEXT = st.text(st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me"], exclude_characters="\0"), max_size=60)


class TestAPassword:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Caf\u00e9", "Cafe\u0301"),
            ("\u1ebf", "e\u0302\u0301"),
            ("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
            ("\u212b", "\u00c5"),
            ("a b", "a\u00a0b"),
            ("a b", "a\u3000b"),
        ],
    )
    def test_is_the_same_however_it_is_written(self, one: str, other: str) -> None:
        assert prepared(one) == prepared(other)

    @pytest.mark.parametrize(("one", "other"), [("a ", "a"), (" a", "a"), ("A", "a"), ("\ufb01", "fi"), ("\t", " ")])
    def test_is_another_by_what_a_person_can_tell_apart(self, one: str, other: str) -> None:
        assert prepared(one) != prepared(other)

    @given(TEXT)
    def test_is_left_as_it_is_once_it_is_prepared(self, text: str) -> None:
        assert prepared(prepared(text)) == prepared(text)
        for form in ("NFC", "NFD"):
            assert prepared(unicodedata.normalize(form, text)) == prepared(text)

    @pytest.mark.parametrize("sign", ["x", "\u1ebf", "\U0001f511", "\u0390"])
    def test_is_bounded_in_characters_however_it_is_written(self, sign: str) -> None:
        for form in ("NFC", "NFD"):
            assert len(prepared(unicodedata.normalize(form, sign * LONGEST))) == LONGEST
            with pytest.raises(Unusable, match="too_long"):
                prepared(unicodedata.normalize(form, sign * (LONGEST + 1)))

    @pytest.mark.parametrize("text", ["a\0b", "\ud83d", "a" + "\u0315\u0300" * 1000])
    def test_is_text(self, text: str) -> None:
        with pytest.raises(Unusable, match="no_text"):
            prepared(text)
