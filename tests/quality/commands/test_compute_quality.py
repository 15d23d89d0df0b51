from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from annotation.models import Project
from tests.lines import import_lines, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Cid differs from Ann and Ben on five of forty pairs."""
    made = Project.objects.create(slug="told", name="Told", state="open")
    lines = [
        pair(f"p{i}", verdicts={"ann": "ab"[i % 2], "ben": "ab"[i % 2], "cid": "ab"[(i + (i < 5)) % 2]})
        for i in range(40)
    ]
    import_lines(made, lines)
    return made


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("compute_quality", "--project", "told", *arguments, stdout=out)
    return out.getvalue()


class TestComputeQuality:
    def test_tells_of_noise_drift_and_dimensions_in_lines(self, project):
        lines = told().splitlines()

        assert any(line.startswith("label_noise") and line.endswith("; 5 or more are wrong") for line in lines)
        assert "drift: nothing has changed, or too little is known" in lines
        states = next(line for line in lines if line.startswith("dimensions: "))
        assert states.startswith("dimensions: accuracy undefined, consistency ")
        assert states.endswith("coverage no_target")

    def test_tells_the_same_as_json(self, project):
        found = json.loads(told("--json"))

        assert found["noise"]["least_wrong"] == 5
        assert found["drift"]["tests"]["pairs"]["changed"] is None
        assert found["dimensions"]["coverage"]["state"] == "no_target"
