"""Imports and their reports, pairs created from prompts, and their jobs."""

from __future__ import annotations

import csv
import io
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.models import Import, ImportLine, Job, Pair, Project
from annotation.services import jobs
from annotation.services.intake import imports
from annotation.vocabulary import Role
from tests.annotation.formats.lines import dump, pair, prompt
from tests.annotation.services.importing import done, import_lines, send
from tests.cast import Person, person
from tests.e2e.browsing import uploads_removed
from tests.limits import files_end_at
from tests.pages import body, clean, opens, refuses

HERE = "/p/everyday/imports"


@pytest.fixture(autouse=True)
def _nothing_left_behind(db: None) -> Iterator[None]:
    with uploads_removed():
        yield


def report(project: Project, *lines: dict[str, Any] | bytes) -> Import:
    run = send(project, *lines)
    done(run)
    return Import.objects.get(pk=run.pk)


def upload(who: Person, content: bytes, name: str = "sent.jsonl", **given: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return who.client.post(HERE, {"file": file, "format": "native", **given})


class TestUpload:
    def test_starts_a_job_and_redirects_to_its_report(self, alice: Person, project: Project) -> None:
        response = upload(alice, dump(pair()) + b"\n")
        run = Import.objects.get()
        assert response.status_code == 303
        assert response["Location"] == f"{HERE}/{run.pk}"
        assert run.job.asked_by == alice.user
        html = opens(alice, response["Location"])
        assert "It waits for a worker." in html
        assert 'hx-trigger="every 2s"' in html
        jobs.run(run.job_id)
        html = opens(alice, response["Location"])
        assert "Yes. Everything is in." in html
        assert "hx-trigger" not in html

    @pytest.mark.parametrize(
        "name", ["../../x", "CON", "a.jsonl\0.html", '"><script>alert(1)</script>.jsonl', "x" * 300]
    )
    def test_is_never_a_path_whatever_its_name(self, name: str, alice: Person, project: Project) -> None:
        response = upload(alice, dump(pair()), name)
        assert response.status_code in (303, 400)
        for run in Import.objects.all():
            assert run.stored_as.startswith(f"imports/{project.pk}/")
            assert "<script>alert" not in opens(alice, f"{HERE}/{run.pk}")
        assert "<script>alert" not in opens(alice, HERE)

    def test_says_that_the_disk_is_full_and_keeps_nothing(
        self, alice: Person, project: Project, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        alice.client.raise_request_exception = False
        # The large one while the form is read, the small one, which needs no file until then, while it is stored.
        files = [dump(pair()) + b"\n" * size for size in (500_000, 50_000)]
        for file in files:
            with files_end_at(10_000):
                response = upload(alice, file)
            assert response.status_code == 507
            assert "There is no room left on the server’s disk." in body(response)
            assert not Job.objects.exists()
            assert not [path for path in tmp_path.rglob("*") if path.is_file()]

        assert [upload(alice, file).status_code for file in files] == [303, 303]

    def test_passes_through_the_uploads_folder_under_no_name(
        self, alice: Person, project: Project, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")  # as where /tmp is read-only
        seen: list[str] = []
        start = imports.start

        def watched(*, stream: BinaryIO, **given: Any) -> Import:
            seen.append(str(Path(f"/proc/self/fd/{stream.fileno()}").readlink()))
            return start(stream=stream, **given)

        monkeypatch.setattr(imports, "start", watched)

        assert upload(alice, dump(pair()) + b"\n" * 500_000).status_code == 303
        assert seen[0].startswith(f"{tmp_path}/temporary/")
        assert seen[0].endswith(" (deleted)")
        assert Import.objects.get().size == len(dump(pair())) + 500_000

    def test_requires_a_file(self, alice: Person) -> None:
        response = alice.client.post(HERE, {"format": "native"})
        assert response.status_code == 400
        assert "This field is required" in body(response)

    def test_offers_the_known_formats(self, alice: Person) -> None:
        assert upload(alice, b"[]", format="elo").status_code == 400
        assert upload(alice, b"[]", format="pandalm").status_code == 303
        assert Import.objects.get().format == "pandalm"

    def test_refuses_a_large_file(self, alice: Person, settings: Any) -> None:
        settings.IMPORT_MAX_BYTES = 10
        response = upload(alice, dump(pair()))
        assert response.status_code == 400
        assert "larger than" in body(response)
        assert not Job.objects.exists()

    def test_stores_whether_nul_is_replaced(self, alice: Person) -> None:
        upload(alice, dump(pair()), replace_nul="on")
        assert Import.objects.get().on_nul == "replace"

    def test_is_open_to_managers_only(self, anonymous: Client, mallory: Person, bob: Person, project: Project) -> None:
        refuses(HERE, anonymous=anonymous, mallory=mallory, bob=bob)
        reviewer = person("Rita", project, role=Role.REVIEWER, number=9001)
        assert upload(reviewer, dump(pair())).status_code == 403
        assert upload(mallory, dump(pair())).status_code == 404
        assert not Import.objects.exists()


class TestReport:
    def test_says_how_many_lines_need_somebody(self, alice: Person, project: Project) -> None:
        run = report(project, pair(), pair(id="p2", prompt="Why not?"), b"{cut", pair(id="p3", prompt=...))
        html = opens(alice, f"{HERE}/{run.pk}")
        assert "Almost. 2 of 4 lines need you." in html
        assert "The other 2 were imported. Fix the 2 lines" in html
        assert "The line is not JSON" in html
        assert "Fix it at the column given" in html
        assert "Download the 2 lines" in html

    def test_says_yes(self, alice: Person, project: Project) -> None:
        run = report(project, pair())
        assert "Yes. Everything is in." in opens(alice, f"{HERE}/{run.pk}")
        again = report(project, pair())
        html = opens(alice, f"{HERE}/{again.pk}")
        assert "Yes, and nothing was new." in html
        assert "Download" not in html

    def test_names_the_lines_of_warnings(self, alice: Person, project: Project) -> None:
        lines = (pair(id=name, prompt=name, language="english") for name in ("one", "two"))
        html = opens(alice, f"{HERE}/{report(project, *lines).pk}")
        assert "The language is no language tag" in html
        assert "Lines 1, 2" in html

    def test_says_no(self, alice: Person, project: Project) -> None:
        run = report(project, b"{cut", b"{cut")
        assert "None of the 2 lines" in opens(alice, f"{HERE}/{run.pk}")
        empty = send(project)
        done(empty)
        html = opens(alice, f"{HERE}/{empty.pk}")
        assert "could not be read to its end" in html
        assert "The file is empty" in html or "empty" in html

    def test_counts_while_the_job_runs(self, alice: Person, project: Project) -> None:
        run = send(project, pair())
        Job.objects.update(state="running", total=1200)
        Import.objects.update(lines_done=350)
        assert "Reading. 350 of 1,200 lines so far." in opens(alice, f"{HERE}/{run.pk}")

    def test_returns_the_lines_as_they_were_sent(self, alice: Person, project: Project) -> None:
        cut, second = b'{"id": "x", "prompt": "caf\xe9', dump(pair(id="p9", prompt=...))
        run = report(project, pair(), cut, second)
        response = alice.client.get(f"{HERE}/{run.pk}/lines")
        assert response["Content-Disposition"] == f'attachment; filename="import-{run.pk}-lines.jsonl"'
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert b"".join(response.streaming_content) == cut + b"\n" + second + b"\n"

    def test_returns_a_report_without_spreadsheet_formulas(self, alice: Person, project: Project) -> None:
        run = report(project, pair(), b"{cut")
        ImportLine.objects.update(code="=code", path="+1")
        response = alice.client.get(f"{HERE}/{run.pk}/report.csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
        assert rows[0] == ["line", "code", "what is wrong", "message", "where"]
        assert rows[1] == ["2", "'=code", "'=code", "'=code.", "'+1"]

    def test_filters_by_reason_and_goes_on_behind_a_line(self, alice: Person, project: Project) -> None:
        run = report(project, *(b"{cut" for _ in range(70)), pair(prompt=...))
        first = opens(alice, f"{HERE}/{run.pk}")
        assert "1 to 50 of 71" in first
        assert "51 to 71 of 71" in opens(alice, f"{HERE}/{run.pk}?after=50")
        assert "1 to 1 of 1" in opens(alice, f"{HERE}/{run.pk}?why=missing_field")
        assert "51 to 70 of 70" in opens(alice, f"{HERE}/{run.pk}?why=not_json&after=50")

    @pytest.mark.parametrize("query", ["why=x", "after=-1", "after=x", "after=1&after=2", "why=%00"])
    def test_refuses_parameters_that_no_link_has(self, query: str, alice: Person, project: Project) -> None:
        run = report(project, b"{cut")
        assert alice.client.get(f"{HERE}/{run.pk}?{query}").status_code == 400

    def test_shows_a_line_as_text(self, alice: Person, project: Project) -> None:
        hostile = b'{"<script>alert(1)</script>": "\x1b[31m{{ 7*7 }}'
        html = opens(alice, f"{HERE}/{report(project, pair(), hostile).pk}")
        assert "<script>alert" not in html
        assert "\x1b" not in html

    def test_shows_the_beginning_of_a_long_line_only(self, alice: Person, project: Project) -> None:
        run = report(project, pair(), b'{"id": "' + b"x" * 900_000)
        assert len(opens(alice, f"{HERE}/{run.pk}")) < 60_000

    def test_is_open_to_managers_of_the_project_only(
        self, anonymous: Client, mallory: Person, bob: Person, alice: Person, project: Project
    ) -> None:
        from tests.factories import MemberFactory

        run = report(project, b"{cut")
        for path in (f"{HERE}/{run.pk}", f"{HERE}/{run.pk}/lines", f"{HERE}/{run.pk}/report.csv"):
            refuses(path, anonymous=anonymous, mallory=mallory, bob=bob)
            assert alice.client.post(path).status_code == 405
        other = MemberFactory(user=alice.user, role="manager").project
        assert alice.client.get(f"/p/{other.slug}/imports/{run.pk}").status_code == 404
        assert alice.client.get(f"{HERE}/{run.pk + 1000}").status_code == 404
        assert alice.client.get(f"{HERE}/{'9' * 30}").status_code == 400

    def test_list_keeps_to_its_budget_of_queries(self, alice: Person, project: Project) -> None:
        for i in range(12):
            report(project, pair(id=f"n{i}", prompt=f"Why {i}?"))
        assert opens(alice, HERE).count("accepted") == 12


class TestPairing:
    PATH = "/p/everyday/pairs"

    @pytest.fixture
    def prompts(self, project: Project) -> None:
        import_lines(project, *(prompt(4, id=f"q{i}", prompt=f"Why {i}?") for i in range(5)))

    def test_is_previewed_first(self, prompts: None, alice: Person) -> None:
        before = Pair.objects.count()
        response = alice.client.post(self.PATH, {"scheme": "all"})
        html = body(response)
        clean(html)
        assert response.status_code == 200
        assert "30 new pairs." in html
        assert "90 judgements" in html
        assert Pair.objects.count() == before
        assert not Job.objects.filter(kind="pairing").exists()

    def test_does_what_was_previewed_with_the_same_seed(self, prompts: None, alice: Person) -> None:
        html = body(alice.client.post(self.PATH, {"scheme": "random", "k": "2"}))
        assert "10 new pairs." in html
        seed = html.split('name="seed" value="')[1].split('"')[0]
        response = alice.client.post(self.PATH, {"scheme": "random", "k": "2", "seed": seed, "start": "1"})
        assert response.status_code == 303
        job = Job.objects.get(kind="pairing")
        assert str(job.parameters["seed"]) == seed
        assert "Waiting for a worker." in opens(alice, self.PATH)
        before = Pair.objects.count()
        jobs.run(job.pk)
        assert Pair.objects.count() == before + 10
        assert "and created 10 pairs." in opens(alice, self.PATH)

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"scheme": "some"},
            {"scheme": "random"},
            {"scheme": "random", "k": "0"},
            {"scheme": "baseline"},
            {"scheme": "baseline", "baseline": "nobody"},
            {"scheme": "all", "seed": "-1"},
        ],
    )
    def test_reports_what_is_wrong(self, given: dict[str, str], prompts: None, alice: Person) -> None:
        assert alice.client.post(self.PATH, given).status_code == 400
        assert not Job.objects.filter(kind="pairing").exists()

    def test_against_a_baseline(self, prompts: None, alice: Person) -> None:
        html = body(alice.client.post(self.PATH, {"scheme": "baseline", "baseline": "m0"}))
        assert "15 new pairs." in html

    def test_says_what_it_is_for_where_there_are_no_prompts(self, alice: Person) -> None:
        assert "There are no prompts with responses yet" in opens(alice, self.PATH)

    def test_is_open_to_managers_only(
        self, prompts: None, alice: Person, anonymous: Client, mallory: Person, bob: Person
    ) -> None:
        opens(alice, self.PATH)
        refuses(self.PATH, anonymous=anonymous, mallory=mallory, bob=bob)


class TestJob:
    def test_redirects_to_its_page(self, alice: Person, project: Project) -> None:
        run = send(project, pair())
        assert alice.client.get(f"/p/everyday/jobs/{run.job.uuid}")["Location"] == HERE

    def test_is_404_where_there_is_none(self, alice: Person, mallory: Person, project: Project) -> None:
        run = send(project, pair())
        assert alice.client.get(f"/p/everyday/jobs/{uuid.uuid4()}").status_code == 404
        assert mallory.client.get(f"/p/everyday/jobs/{run.job.uuid}").status_code == 404
        assert alice.client.post(f"/p/everyday/jobs/{run.job.uuid}").status_code == 405
