from __future__ import annotations

import json

import pytest

from annotation.formats import soft, trl_preference
from annotation.formats.records import Message, Preference
from tests.annotation.formats.texts import TEXTS
from tests.loading import load

CHAT = (Message("system", "Be brief."), Message("user", "Why?"))


class TestTheDatasetsLibrary:
    @pytest.mark.parametrize("conversational", [False, True])
    def test_reads_back_what_was_written(self, conversational, tmp_path):
        preferences = [Preference(text, text, "other") for text in TEXTS.values()]
        if conversational:
            preferences.append(Preference(CHAT, "better", "worse"))
        written = list(trl_preference.write(preferences, conversational=conversational))
        file = tmp_path / "preferences.jsonl"
        file.write_bytes(b"".join(written))

        loaded = load(file)

        assert loaded.columns == list(trl_preference.COLUMNS)
        assert loaded.rows == [json.loads(line) for line in written]

    def test_reads_soft_labels_as_numbers(self, tmp_path):
        preferences = [Preference("Why?", "better", "worse", share) for share in (0.5, 0.875, 1.0)]
        file = tmp_path / "soft.jsonl"
        file.write_bytes(b"".join(soft.write(preferences, conversational=False)))

        loaded = load(file)

        assert loaded.columns == [*trl_preference.COLUMNS, "p_chosen"]
        assert [row["p_chosen"] for row in loaded.rows] == [0.5, 0.875, 1.0]
