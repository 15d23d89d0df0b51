"""The whole job on real people's judgements, as a user does it: by the commands, and by the API with a real worker.

The expected figures were computed by other libraries (``oracle.json`` next to the data, and ``tests/reference``).
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotation.models import Annotation, Member, Pair, Project, Response, User
from annotation.services import projects
from annotation.services.access import tokens
from annotation.services.members import membership
from annotation.vocabulary import Role, Scope
from tests.loading import load

pytestmark = [pytest.mark.reference, pytest.mark.django_db(transaction=True)]

KAPPAS = {
    ("annotator1", "annotator2"): (0.852023, 0.822471, 0.881575),
    ("annotator1", "annotator3"): (0.878944, 0.851991, 0.905897),
    ("annotator2", "annotator3"): (0.861661, 0.833131, 0.890192),
}
STRICT = {
    "fleiss_kappa": (0.864175, 0.841495, 0.886856),
    "krippendorff_alpha": (0.864221, 0.84154, 0.886901),
    "gwet_ac1": (0.886445, 0.867208, 0.905681),
    "percent_agreement": (0.91992, None, None),
}


@pytest.fixture(scope="session")
def data() -> Path:
    named = os.environ.get("CONCORD_REFERENCE_DATA")
    if not named:
        pytest.skip("CONCORD_REFERENCE_DATA is not set: there are no reference data")
    folder = Path(named)
    assert (folder / "oracle.json").is_file(), f"CONCORD_REFERENCE_DATA={named} holds no oracle.json"
    return folder


@pytest.fixture(scope="session")
def oracle(data: Path) -> dict[str, Any]:
    return json.loads((data / "oracle.json").read_text())


def command(name: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


NEAR = 0.005  # of the references' symmetric intervals at 999 pairs; ours are Wilson's, which lie lower


def triple(found: dict[str, Any]) -> tuple[float, float, float]:
    return found["value"], found["low"], found["high"]


class TestPandaLM:
    @pytest.fixture
    def file(self, data: Path) -> Path:
        return data / "pandalm" / "testset-v1.json"

    @pytest.fixture
    def project(self, file: Path) -> Project:
        self.counts = command("import_prompts", "--project", "pandalm", "--format", "pandalm", str(file))
        return Project.objects.get(slug="pandalm")

    def test_is_imported_completely_and_only_once(self, project, file):
        assert (self.counts["pairs"], self.counts["judgements"], self.counts["quarantined"]) == (999, 2997, 0)
        assert Response.objects.values("source_model").distinct().count() == 5
        assert Member.objects.count() == 3

        again = command("import_prompts", "--project", "pandalm", "--format", "pandalm", str(file))

        assert (again["accepted"], again["unchanged"]) == (0, 999)
        assert Annotation.objects.count() == 2997

    def test_shows_the_reference_agreement(self, project):
        report = command("compute_quality", "--project", "pandalm")

        for found in report["pairs_of_annotators"]:
            value, *ends = KAPPAS[found["a"], found["b"]]
            assert found["cohen_kappa"]["value"] == pytest.approx(value, abs=2e-6)
            assert triple(found["cohen_kappa"])[1:] == pytest.approx(ends, abs=NEAR)
            assert found["n"] == 999
        for name, (value, low, high) in STRICT.items():
            found = report["agreement"]["strict"][name]
            assert found["value"] == pytest.approx(value, abs=2e-6)
            if low is not None:
                assert (found["low"], found["high"]) == pytest.approx((low, high), abs=NEAR)
        assert report["majority"] == {"first": 422, "second": 472, "tie": 105, "both_bad": 0, "none": 0}

    @pytest.mark.parametrize(("unit", "key"), [("judgement", "all2997"), ("majority", "majority")])
    def test_shows_the_reference_ratings_and_their_intervals(self, project, oracle, unit, key):
        asked = ("--ties", "half", "--unit", unit, "--intervals", "independent")
        report = command("fit_ratings", "--project", "pandalm", *asked)

        thetas = oracle["pandalm"][f"bt_theta_{key}_tie_half"]["choix_opt_alpha0"]
        arena = oracle["pandalm"][f"arena_rank_{key}"]
        assert report["converged"]
        assert report["components"] == 1
        assert {m["name"] for m in report["models"]} == set(thetas)
        for model in report["models"]:
            assert model["theta"] == pytest.approx(thetas[model["name"]], abs=1e-5)
            rating, low, high = arena[model["name"]]
            assert model["rating"] == pytest.approx(rating, abs=0.01)
            assert model["high"] - model["low"] == pytest.approx(high - low, rel=0.01)

    def test_exports_each_settled_preference_with_the_right_text_on_the_right_side(self, project, file, tmp_path):
        target = tmp_path / "preferences.jsonl"
        summary = command(
            "export_dataset", "--project", "pandalm", "--format", "trl-preference", "--output", str(target)
        )
        rows = Counter(tuple(sorted(json.loads(line).items())) for line in target.read_text().split("\n") if line)

        assert summary["rows"] == 422 + 472 == sum(rows.values())
        assert rows == Counter(tuple(sorted(row.items())) for row in self.expected(file))
        manifest = json.loads((tmp_path / "preferences.jsonl.manifest.json").read_text())
        assert manifest["counts"]["ties"] == 105
        assert manifest["sha256"] == summary["sha256"]
        loaded = load(target)
        assert loaded.columns == ["prompt", "chosen", "rejected"]
        assert Counter(tuple(sorted(row.items())) for row in loaded.rows) == rows

    def expected(self, file: Path) -> Iterator[dict[str, str]]:
        """The expected rows, read from the source file as simply as possible."""
        for item in json.loads(file.read_text()):
            votes = Counter(item[f"annotator{i}"] for i in (1, 2, 3))
            ((label, _),) = votes.most_common(1)
            prompt = item["instruction"] + (f"\n\n{item['input']}" if item["input"] else "")
            texts = [t if isinstance(t, str) else json.dumps(t) for t in (item["response1"], item["response2"])]
            if label:
                yield {"prompt": prompt, "chosen": texts[label - 1], "rejected": texts[2 - label]}

    def test_breaks_no_invariant(self, project):
        command("check_integrity")


class TestSentiment:
    """D_PosSent: 1,000 gold items, each a pair whose two responses are the two labels; 20,000 judgements."""

    def test_shows_each_annotators_gold_accuracy_and_alpha(self, data, oracle, tmp_path):
        folder = data / "d_sentiment"
        truth = {row["item"]: row["truth"] for row in csv.DictReader((folder / "truth.csv").open())}
        judgements: dict[str, list[dict[str, str]]] = {item: [] for item in truth}
        for row in csv.DictReader((folder / "label.csv").open()):
            judgements[row["item"]].append({"annotator": row["worker"], "verdict": "ab"[int(row["label"])]})
        file = tmp_path / "sentiment.jsonl"
        with file.open("w") as out:
            for item, of_item in judgements.items():
                line = {
                    "id": item,
                    "prompt": f"Item {item}: which label fits?",
                    "response_a": {"model": "label 0", "text": "negative"},
                    "response_b": {"model": "label 1", "text": "positive"},
                    "gold": "ab"[int(truth[item])],
                    "judgements": of_item,
                }
                out.write(json.dumps(line) + "\n")

        counts = command("import_prompts", "--project", "sentiment", "--format", "native", str(file))
        report = command("compute_quality", "--project", "sentiment")

        assert (counts["pairs"], counts["judgements"]) == (1000, 20000)
        wanted = oracle["d_sentiment"]
        assert report["agreement"]["strict"]["fleiss_kappa"]["value"] is None  # every pair is gold
        strict = report["agreement_gold"]["strict"]
        assert strict["krippendorff_alpha"]["value"] == pytest.approx(wanted["krippendorff_alpha_nominal"], abs=2e-6)
        assert strict["fleiss_kappa"]["value"] == pytest.approx(wanted["fleiss_kappa"], abs=2e-6)
        assert len(report["annotators"]) == 85
        for annotator in report["annotators"]:
            right, n, share, low, high = wanted["worker_gold_accuracy_wilson95"][annotator["name"]]
            assert triple(annotator["gold_accuracy"]) == pytest.approx((share, low, high), abs=2e-6)
            assert annotator["gold_accuracy"]["n"] == n == annotator["n"]
            assert round(annotator["gold_accuracy"]["value"] * n) == right


class TestOverTheApi:
    """The same over HTTP: a streamed import, quality and ratings computed by a real worker, a dataset downloaded."""

    def test_a_worker_does_the_whole_job(self, data, oracle, web_process, celery_worker_process):
        erin = User.objects.create_user("erin@concord.example", "a password nobody has", name="Erin")
        project = projects.create(slug="panda", name="PandaLM", by=None)
        membership.add(project=project, user=erin, role=Role.MANAGER, by=None)
        _, secret = tokens.create(user=erin, name="all", scopes=list(Scope), projects=[project], days=1)
        api = Api(web_process().port, secret)
        body = (data / "pandalm" / "testset-v1.json").read_bytes()

        job = api.send("POST", "/projects/panda/imports?format=pandalm", body, "application/json")
        done = api.wait(job)
        assert (done["result"]["pairs"], done["result"]["judgements"]) == (999, 2997)

        assert api.wait(api.send("POST", "/projects/panda/quality"))["state"] == "done"
        strict = api.send("GET", "/projects/panda/quality")["agreement"]["strict"]
        assert strict["fleiss_kappa"]["value"] == pytest.approx(0.864175, abs=2e-6)

        asked = json.dumps({"ties": "half", "unit": "judgement", "intervals": "independent"}).encode()
        assert api.wait(api.send("POST", "/projects/panda/ratings", asked))["state"] == "done"
        thetas = oracle["pandalm"]["bt_theta_all2997_tie_half"]["choix_opt_alpha0"]
        for model in api.send("GET", "/projects/panda/ratings")["models"]:
            assert model["theta"] == pytest.approx(thetas[model["name"]], abs=1e-5)

        status, rows = api.raw("GET", "/projects/panda/export?format=trl-preference")
        assert status == 200
        assert len([line for line in rows.split(b"\n") if line]) == 894
        assert Pair.objects.filter(project=project).count() == 999


class Api:
    def __init__(self, port: int, secret: str) -> None:
        self.port, self.secret = port, secret

    def raw(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.secret}"}
        if method == "POST":
            headers["Content-Type"] = kind
            body = b"{}" if body is None else body
        connection.request(method, f"/api/v1{path}", body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> dict[str, Any]:
        status, content = self.raw(method, path, body, kind)
        assert status in {200, 202}, (status, content[:500])
        return json.loads(content)

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            job = self.send("GET", f"/jobs/{job['id']}")
            if job["state"] in {"done", "failed", "parked"}:
                assert job["state"] == "done", job
                return job
            time.sleep(0.1)
        raise AssertionError(f"not within 90 s: {job}")
