import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from annotation.formats import trl_preference
from annotation.vocabulary import Verdict
from reward.datasets.manifest import Hashed, manifest
from reward.datasets.policies import Tally
from tests.reward.datasets import cases

AS_OF = datetime(2026, 7, 13, 16, 20, tzinfo=UTC)


def described(passed, tally, **more):
    given = {"format": "trl-preference", "project": "pandalm", "as_of": AS_OF, "code_version": "0.1.0", **more}
    return manifest(passed, tally=tally, **given)


def written(*records):
    tally = Tally()
    passed = Hashed(trl_preference.write(tally.preferences(records), conversational=False))
    return b"".join(passed), passed, tally


class TestHashed:
    def test_knows_the_bytes_that_passed(self):
        data, passed, _ = written(cases.pair("é\u2028"), cases.pair("b", settled=Verdict.SECOND))

        assert passed.sha256 == hashlib.sha256(data).hexdigest()
        assert (passed.rows, passed.size) == (2, len(data))

    def test_has_the_hash_of_nothing_for_nothing(self):
        _, passed, _ = written()

        assert passed.sha256 == hashlib.sha256(b"").hexdigest()

    def test_hashes_a_header_and_does_not_count_it(self):
        passed = Hashed([b"1,2\n"], header=b"a,b\n")

        assert b"".join(passed) == b"a,b\n1,2\n"
        assert (passed.rows, passed.size) == (1, 8)
        assert passed.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()

    def test_has_no_hash_half_way(self):
        passed = Hashed([b"a\n", b"b\n"])
        next(iter(passed))

        with pytest.raises(RuntimeError, match="not all passed"):
            _ = passed.sha256

    def test_passes_once(self):
        passed = Hashed([b"a\n"])
        list(passed)

        with pytest.raises(RuntimeError, match="already"):
            list(passed)


class TestManifest:
    def test_tells_what_the_file_holds(self):
        data, passed, tally = written(cases.pair(), cases.pair(settled=Verdict.TIE), cases.pair(gold=Verdict.FIRST))

        found = described(
            passed, tally, filters={"language": "en"}, agreement={"fleiss_kappa": {"value": 0.86, "n": 999}}
        )

        assert json.loads(json.dumps(found)) == {
            "manifest_version": 1,
            "generator": "concord",
            "code_version": "0.1.0",
            "format": "trl-preference",
            "options": {},
            "project": "pandalm",
            "as_of": "2026-07-13T16:20:00Z",
            "filters": {"language": "en"},
            "tie_policy": "drop",
            "both_bad_policy": "drop",
            "adjudication_policy": "ignore",
            "counts": {
                "pairs": 3,
                "settled": 2,
                "preferred": 1,
                "ties": 1,
                "both_bad": 0,
                "unsettled": 0,
                "gold": 1,
                "adjudicated": 0,
                "settled_by_adjudication": 0,
                "left_out_identical_sides": 0,
                "left_out_invisible_difference": 0,
                "left_out_prompt_end": 0,
                "left_out_response_ends": 0,
                "left_out_repeated_turns": 0,
                "left_out_others_turns": 0,
                "rows_turn_order": 0,
                "rows_tool_turns": 0,
                "rows_blank": 0,
                "rows_repeated_prompt": 0,
                "rows_repeated": 0,
                "rows_contradicting": 0,
                "rows": 1,
            },
            "agreement": {"fleiss_kappa": {"value": 0.86, "n": 999}},
            "rows": 1,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "repr_digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:",
        }

    def test_says_null_for_agreement_nobody_computed(self):
        _, passed, tally = written()

        assert described(passed, tally)["agreement"] is None

    def test_is_refused_half_way(self):
        passed = Hashed([b"a\n", b"b\n"])
        next(iter(passed))

        with pytest.raises(RuntimeError):
            described(passed, Tally())

    def test_is_refused_for_a_tally_of_another_file(self):
        _, passed, _ = written(cases.pair())

        with pytest.raises(ValueError, match="1 rows passed, of 0 pairs"):
            described(passed, Tally())

    def test_is_refused_without_an_offset(self):
        _, passed, tally = written()

        with pytest.raises(ValueError, match="no offset"):
            described(passed, tally, as_of=datetime(2026, 7, 13))
