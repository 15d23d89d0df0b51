from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.management.commands.import_prompts import Command
from annotation.models import Annotation, Import, Job, Pair, Project, Prompt
from annotation.services import jobs, projects
from annotation.services.intake import imports
from tests.annotation.formats.lines import judgement, pair, prompt
from tests.annotation.services.importing import file_of
from tests.limits import files_end_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "lines.jsonl"
    found.write_bytes(file_of(pair(judgements=[judgement()]), b"", b"{", pair(id="p2", prompt="Else.")))
    return found


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("import_prompts", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def answer(*words: str) -> dict[str, Any]:
    return json.loads(command("--json", *words))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestImportPrompts:
    def test_answers_in_one_json_object(self, file: Path) -> None:
        found = answer("--project", "sky", str(file))

        assert found == found | {"accepted": 2, "unchanged": 0, "quarantined": 1, "pairs": 2, "judgements": 1}
        assert [(error["line"], error["code"]) for error in found["errors"]] == [(3, "not_json")]
        assert isinstance(found["errors"][0]["message"], str)
        assert found["warnings"] == []

    def test_makes_the_project_and_opens_it(self, file: Path) -> None:
        command("--project", "blue-sky", str(file))

        made = Project.objects.get()
        assert (made.slug, made.name, made.state) == ("blue-sky", "Blue sky", "open")

    def test_takes_a_project_that_is_there_as_it_is(self, file: Path) -> None:
        projects.create(slug="sky", name="My sky", by=None, slots_per_pair=1)
        command("--project", "sky", str(file))

        assert (Project.objects.get().name, Project.objects.get().state) == ("My sky", "draft")

    def test_says_that_the_disk_is_full_and_leaves_no_file(self, tmp_path: Path, settings: Any) -> None:
        settings.MEDIA_ROOT = tmp_path / "uploads"
        large = tmp_path / "large.jsonl"
        large.write_bytes(file_of(pair()) + b"\n" * 100_000)
        with files_end_at(10_000), pytest.raises(CommandError, match="no room left on the disk; nothing was imported"):
            command("--project", "sky", str(large))

        assert not Job.objects.exists()
        assert not [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]

    def test_says_unchanged_the_second_time(self, file: Path) -> None:
        command("--project", "sky", str(file))
        found = answer("--project", "sky", str(file))

        assert (found["accepted"], found["unchanged"], found["pairs"], found["judgements"]) == (0, 2, 0, 0)

    def test_names_every_line_that_was_put_aside(self, tmp_path: Path) -> None:
        file = tmp_path / "bad.jsonl"
        file.write_bytes(file_of(*[b"{"] * 1_203))
        found = answer("--project", "sky", str(file))

        assert [error["line"] for error in found["errors"]] == list(range(1, 1_204))
        assert found["quarantined"] == 1_203

    def test_says_what_it_does_in_plain_colours(self) -> None:
        output = Terminal()
        Command(stderr=output, force_color=True).say("The project sky is new.")

        assert output.getvalue() == "The project sky is new.\n"

    def test_reads_standard_input(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))

        assert answer("--project", "sky", "-")["accepted"] == 2
        assert Import.objects.get().file_name == ""

    def test_speaks_to_people_without_json(self, file: Path) -> None:
        output = command("--project", "sky", str(file))

        assert "2 accepted, 0 unchanged, 1 put aside" in output
        assert "line 3: not_json" in output

    def test_replaces_nul_where_asked_for(self, tmp_path: Path) -> None:
        file = tmp_path / "nul.jsonl"
        file.write_bytes(file_of(pair(prompt="a\0b")))

        assert answer("--project", "sky", str(file))["quarantined"] == 1
        assert answer("--project", "sky", "--on-nul", "replace", str(file))["accepted"] == 1
        assert Prompt.objects.get().content == "a\ufffdb"

    def test_goes_back_to_work_after_a_failed_try(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        record_progress, tries = jobs.record_progress, []

        def once(*args: Any, **options: Any) -> None:
            tries.append(1)
            if len(tries) == 1:
                raise ConnectionError("the line was cut")
            record_progress(*args, **options)

        monkeypatch.setattr(jobs, "record_progress", once)

        assert answer("--project", "sky", str(file))["accepted"] == 2
        assert Job.objects.get().attempt == 2

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "empty"),
            (b'[{"id": 1}]', "array"),
            (b"PAR1....", "Parquet"),
            (b"\n \n", "blank"),
            (None, "No such file"),
        ],
    )
    def test_ends_with_2_where_the_file_cannot_be_read(self, tmp_path: Path, raw: bytes | None, words: str) -> None:
        file = tmp_path / "file"
        if raw is not None:
            file.write_bytes(raw)

        with pytest.raises(CommandError, match=words) as refused:
            command("--project", "sky", str(file))

        assert refused.value.returncode == 2
        assert not Project.objects.exists(), "nothing is left of a project that would hold nothing"

    def test_of_a_file_that_cannot_be_read_leaves_a_project_that_was_there(self, tmp_path: Path) -> None:
        projects.create(slug="sky", name="My sky", by=None)
        file = tmp_path / "file"
        file.write_bytes(b"PAR1....")

        with pytest.raises(CommandError, match="Parquet"):
            command("--project", "sky", str(file))

        assert Project.objects.get().name == "My sky"

    def test_reads_standard_input_for_a_new_project(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb") as pipe:
            pipe.write(file.read_bytes())
            pipe.close()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
            assert answer("--project", "sky", "-")["pairs"] == 2

    def test_names_the_lines_of_warnings(self, tmp_path: Path) -> None:
        file = tmp_path / "lines.jsonl"
        file.write_bytes(file_of(pair(id="p1", language="english"), pair(id="p2", prompt="Else.", language="en")))

        assert "The language is no language tag: 1 (line 1)" in command("--project", "sky", str(file))

    def test_ends_with_2_where_the_file_is_too_large(self, file: Path, settings: Any) -> None:
        settings.IMPORT_MAX_BYTES = 10

        with pytest.raises(CommandError, match="larger") as refused:
            command("--project", "sky", str(file))

        assert refused.value.returncode == 2
        assert not Import.objects.exists()
        assert not Project.objects.exists()

    @pytest.mark.parametrize(("slug", "words"), [("Blue Sky", "hyphens"), ("sky\u200b", "visible characters")])
    def test_refuses_a_slug_that_is_none(self, file: Path, slug: str, words: str) -> None:
        with pytest.raises(CommandError, match=words) as refused:
            command("--project", slug, str(file))

        assert refused.value.returncode == 1

    def test_ends_with_1_and_the_reason_where_every_try_fails(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(*args: Any, **options: Any) -> None:
            raise RuntimeError("no luck")

        monkeypatch.setattr(imports.Intake, "store", never)

        with pytest.raises(CommandError, match="no luck") as refused:
            command("--project", "sky", str(file))

        assert refused.value.returncode == 1
        assert Job.objects.get().state == "parked"
        assert Pair.objects.count() == 0


@pytest.mark.reference
class TestPandaLM:
    def test_comes_in_whole_and_once(self, reference: Path) -> None:
        words = ("--project", "pandalm", "--format", "pandalm", str(reference / "pandalm" / "testset-v1.json"))
        found = answer(*words)

        assert (found["accepted"], found["pairs"], found["judgements"], found["errors"]) == (999, 999, 2997, [])
        assert {w["code"]: w["lines"] for w in found["warnings"]}["scalar_as_text"] == 6
        models = {m for two in Pair.objects.values_list("first__source_model", "second__source_model") for m in two}
        assert len(models) == 5
        assert Annotation.objects.values("assignment__member").distinct().count() == 3
        assert Annotation.objects.count() == 2997
        again = answer(*words)
        assert (again["accepted"], again["unchanged"], again["pairs"], again["judgements"]) == (0, 999, 0, 0)

    def test_keeps_the_order_of_the_file(self, reference: Path) -> None:
        source = reference / "pandalm" / "testset-v1.json"
        command("--project", "pandalm", "--format", "pandalm", str(source))

        stored = {
            p.external_id: (f"{p.first.source_model}_{p.second.source_model}", str(p.first.content))
            for p in Pair.objects.select_related("first", "second")
        }
        for item in json.loads(source.read_bytes()):
            first = item["response1"] if isinstance(item["response1"], str) else json.dumps(item["response1"])
            assert stored[str(item["idx"])] == (item["cmp_key"], first)


@pytest.mark.reference
class TestGoldPairs:
    def test_of_a_labelled_set_carry_their_judgements_and_no_slots(self, reference: Path, tmp_path: Path) -> None:
        truth = dict(row.split(",") for row in (reference / "d_sentiment" / "truth.csv").read_text().split()[1:])
        of_item: dict[str, list[dict[str, Any]]] = {item: [] for item in truth}
        for row in (reference / "d_sentiment" / "label.csv").read_text().split()[1:]:
            item, worker, label = row.split(",")
            of_item[item].append(judgement(annotator=f"worker {worker}", verdict="ab"[int(label)]))
        labels = {"response_a": {"model": "negative", "text": "0"}, "response_b": {"model": "positive", "text": "1"}}
        file = tmp_path / "gold.jsonl"
        file.write_bytes(
            file_of(
                *(
                    pair(id=item, prompt=f"item {item}", gold="ab"[int(label)], judgements=of_item[item], **labels)
                    for item, label in truth.items()
                )
            )
        )

        found = answer("--project", "sentiment", str(file))

        assert (found["pairs"], found["judgements"]) == (1000, 20_000)
        assert Annotation.objects.filter(assignment__kind="gold", assignment__slot=None).count() == 20_000
        assert Pair.objects.filter(gold_verdict=1).count() == sum(label == "1" for label in truth.values())
        assert answer("--project", "sentiment", str(file))["unchanged"] == 1000


class TestPromptLines:
    def test_are_told_apart_from_pairs(self, tmp_path: Path) -> None:
        file = tmp_path / "prompts.jsonl"
        file.write_bytes(file_of(prompt(3), pair()))

        found = answer("--project", "sky", str(file))

        assert (found["accepted"], found["prompts"], found["pairs"]) == (2, 1, 1)
