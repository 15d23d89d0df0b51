from __future__ import annotations

import dataclasses
import hashlib
import json
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Project
from annotation.selectors import records
from annotation.services import jobs
from annotation.services.intake import imports
from quality.models import Consensus
from quality.pages.report import agreement
from quality.services import computation
from reward.services import exports
from tests.lines import encode, import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(slug="words", name="Words", state="open")


def rows(project: Project, format: str) -> list[dict]:
    return [json.loads(line) for line in exports.open_export(project=project, format=format).lines()]


class TestAHeader:
    def test_comes_before_the_rows_and_is_none(self, project, monkeypatch):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        plain = b"".join(exports.open_export(project=project, format="raw").lines())
        headed = dataclasses.replace(exports.WRITTEN["raw"], header=b"# lines\n")
        monkeypatch.setitem(exports.WRITTEN, "raw", headed)
        export = exports.open_export(project=project, format="raw")

        assert b"".join(export.lines()) == b"# lines\n" + plain
        assert export.manifest(agreement=agreement)["rows"] == 1


class TestSoft:
    def computed(self, project: Project) -> None:
        people = ["u", "v", "w"]
        lines = [pair(f"p{n}", verdicts=dict.fromkeys(people, "a" if n % 2 else "b")) for n in range(40)]
        lines.append(pair("split", verdicts={"u": "a", "v": "a", "w": "b"}))
        lines.append(pair("gold", verdicts={"u": "a"}, gold="a"))
        import_lines(project, [*lines, pair("bad", verdicts=dict.fromkeys(people, "both_bad")), pair("nobody")])
        jobs.run(computation.ask(project=project, by=None).pk)

    def test_has_a_row_of_each_pair_of_which_something_is_known(self, project):
        self.computed(project)
        export = exports.open_export(project=project, format="soft")
        found = {row["prompt"]: row for row in map(json.loads, export.lines())}

        stored = Consensus.objects.get(project=project, pair__external_id="split")
        told = stored.p_first + stored.p_second + stored.p_tie
        row = found["What is split?"]
        assert row["chosen"] == "first answer to split"
        assert row["p_chosen"] == pytest.approx((stored.p_first + stored.p_tie / 2) / told, abs=1e-6)
        assert 0.5 < row["p_chosen"] < min(found[f"What is p{n}?"]["p_chosen"] for n in range(40))
        manifest = export.manifest(agreement=agreement)
        assert (manifest["tie_policy"], manifest["both_bad_policy"]) == ("soft", "soft")
        assert manifest["options"]["label_smoothing"] == 0
        assert manifest["counts"]["unlabeled"] == 1, "that which nobody judged"
        assert manifest["rows"] == len(found) == manifest["counts"]["pairs"] - 2

    def test_is_smoothed_on_request_and_nothing_else_is(self, project):
        self.computed(project)
        hard, smooth = (
            [
                json.loads(line)["p_chosen"]
                for line in exports.open_export(project=project, format="soft", label_smoothing=share).lines()
            ]
            for share in (0, 0.3)
        )

        assert all(s < h for h, s in zip(hard, smooth, strict=True) if h > 0.6)
        with pytest.raises(exports.NotSoft):
            exports.open_export(project=project, format="trl-preference", label_smoothing=0.1)

    def test_has_no_row_before_anything_is_computed(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])

        assert rows(project, "soft") == []


class TestTrlPreference:
    def test_puts_the_preferred_text_into_chosen(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a", "v": "a", "w": "b"}), pair("p2", verdicts={"u": "b"})])

        assert rows(project, "trl-preference") == [
            {"prompt": "What is p1?", "chosen": "first answer to p1", "rejected": "second answer to p1"},
            {"prompt": "What is p2?", "chosen": "second answer to p2", "rejected": "first answer to p2"},
        ]

    def test_leaves_out_ties_both_bad_unsettled_unfinished_and_gold_and_counts_them(self, project):
        import_lines(
            project,
            [
                pair("tie", verdicts={"u": "tie"}),
                pair("bad", verdicts={"u": "both_bad"}),
                pair("split", verdicts={"u": "a", "v": "b"}),
                pair("open"),
                pair("gold", verdicts={"u": "a"}, gold="a"),
                pair("row", verdicts={"u": "a"}),
            ],
        )
        export = exports.open_export(project=project, format="trl-preference")

        assert len(list(export.lines())) == 1
        counts = export.manifest(agreement=agreement)["counts"]
        assert (counts["ties"], counts["both_bad"], counts["unsettled"], counts["gold"]) == (1, 1, 2, 1)

    def test_is_conversational_throughout_as_soon_as_one_row_is(self, project):
        turns = [{"role": "user", "content": "Hi"}]
        import_lines(project, [pair("p1", verdicts={"u": "a"}), pair("p2", verdicts={"u": "a"}, prompt=turns)])

        first, second = rows(project, "trl-preference")

        assert first["prompt"] == [{"role": "user", "content": "What is p1?"}]
        assert first["chosen"] == [{"role": "assistant", "content": "first answer to p1"}]
        assert second["prompt"] == turns

    @pytest.mark.parametrize("verdicts", [{"u": "tie"}, {"u": "a", "v": "b"}, None])
    def test_stays_strings_where_no_conversation_becomes_a_row(self, project, verdicts):
        talk = [{"role": "assistant", "content": "Hi"}]
        import_lines(
            project,
            [pair("p1", verdicts={"u": "a"}), pair("p2", verdicts=verdicts, response_b={"model": "m", "text": talk})],
        )

        assert [row["prompt"] for row in rows(project, "trl-preference")] == ["What is p1?"]

    def test_reads_plain_texts_once(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        other = Project.objects.create(slug="talks", name="Talks", state="open")
        import_lines(other, [pair("p1", verdicts={"u": "a"}, prompt=[{"role": "user", "content": "Hi"}])])

        with CaptureQueriesContext(connection) as seen:
            rows(project, "trl-preference")

        assert len([query for query in seen if "jsonb_agg" in query["sql"]]) == 1

    def test_asks_an_index_of_conversations_before_the_first_row(self, project):
        import_lines(project, [pair(f"p{n}") for n in range(1_500)])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE annotation_prompt, annotation_response")
            cursor.execute("EXPLAIN (COSTS OFF) " + records.HAS_CONVERSATIONS, {"project": project.pk})
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "prompt_conversation" in plan
        assert "response_conversation" in plan
        assert "Sort" not in plan

    def test_describes_its_bytes(self, project):
        import_lines(project, [pair("p1", verdicts={"u": "a"})])
        export = exports.open_export(project=project, format="trl-preference")

        data = b"".join(export.lines())

        assert export.manifest(agreement=agreement)["sha256"] == hashlib.sha256(data).hexdigest()
        assert (
            exports.manifest(project=project, format="trl-preference", agreement=agreement)["sha256"]
            == export.manifest(agreement=agreement)["sha256"]
        )


class TestRaw:
    def test_comes_in_again_as_unchanged(self, project):
        lines = [
            pair("p1", verdicts={"u": "a", "v": "tie"}, tags=["x"], language="en"),
            pair("p2", gold="both_bad", verdicts={"u": "both_bad"}),
            pair("p3"),
            pair("p4", prompt=[{"role": "user", "content": "\u2028 né \u05d0"}], verdicts={"w": "b"}),
        ]
        import_lines(project, lines)
        written = b"".join(exports.open_export(project=project, format="raw").lines())

        again = imports.start(project=project, stream=BytesIO(written), format="native", file_name="raw", by=None)
        jobs.run(again.job_id)
        again.refresh_from_db()

        assert (again.accepted, again.unchanged, again.quarantined) == (0, 4, 0)

    def test_comes_out_byte_for_byte_of_another_project(self, project):
        verdicts = [
            {"annotator": "u", "verdict": "tie", "at": "2026-01-01T00:00:00Z"},
            {"annotator": "v", "verdict": "a", "shown_first": "b", "at": "2026-01-02T00:00:00Z"},
            {"annotator": "u", "verdict": "b", "seconds": 0.1, "reason": "\u2028", "at": "2026-01-03T00:00:00.5Z"},
        ]
        same = {"model": "m", "text": "The same."}
        lines = [
            pair("edited", judgements=verdicts),
            pair("gold", gold="tie", verdicts={"w": "a", "u": "tie"}, language="he", tags=["x", "y"], author="E"),
            pair("equal", response_a=same, response_b=same),
            pair("talk", prompt=[{"role": "user", "content": "\U0001f600"}], verdicts={"u": "both_bad"}),
        ]
        import_lines(project, lines)
        written = b"".join(exports.open_export(project=project, format="raw").lines())
        other = Project.objects.create(slug="other", name="Other", state="open")
        jobs.run(imports.start(project=other, stream=BytesIO(written), format="native").job_id)

        assert b"".join(exports.open_export(project=other, format="raw").lines()) == written

    def test_gives_back_what_came_in(self, project):
        given = pair(
            "p1",
            judgements=[
                {
                    "annotator": "u",
                    "verdict": "a",
                    "shown_first": "b",
                    "strength": 2,
                    "confidence": 0.75,
                    "reason": "clear",
                    "seconds": 12.5,
                    "at": "2026-01-31T12:00:00Z",
                }
            ],
        )
        import_lines(project, [given])

        (row,) = rows(project, "raw")

        assert row["judgements"][0] | {"at": ""} == given["judgements"][0] | {"at": ""}
        assert row["judgements"][0]["at"].startswith("2026-01-31T12:00:00")
        assert encode([{k: v for k, v in row.items() if k != "judgements"}]) == encode(
            [{k: v for k, v in given.items() if k != "judgements"}]
        )


class TestFormats:
    @pytest.mark.parametrize("format", ["csv", "native", "pandalm"])
    def test_that_nobody_writes_are_refused(self, project, format):
        with pytest.raises(exports.UnknownFormat):
            exports.open_export(project=project, format=format)
