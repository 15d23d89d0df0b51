import json

import pytest

from reward.datasets import trl_preference
from tests.loading import load
from tests.reward.datasets import cases

CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]


class TestTheDatasetsLibrary:
    @pytest.mark.parametrize("conversational", [False, True])
    def test_reads_back_what_was_written(self, conversational, tmp_path):
        records = [cases.pair(chosen=text, rejected="other", prompt=text) for text in cases.TEXTS.values()]
        if conversational:
            records.append(cases.pair(prompt=CHAT))
        written = list(trl_preference.lines(records, conversational=conversational))
        file = tmp_path / "preferences.jsonl"
        file.write_bytes(b"".join(written))

        loaded = load(file)

        assert loaded.columns == list(trl_preference.COLUMNS)
        assert loaded.rows == [json.loads(line) for line in written]
