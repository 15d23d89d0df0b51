"""Make native lines, and import them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from annotation.models import Import, Project
from annotation.services import jobs
from annotation.services.intake import imports


def pair(
    external_id: str,
    models: tuple[str, str] = ("m1", "m2"),
    verdicts: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the line of a pair; ``verdicts`` maps annotators to verdict words."""
    line: dict[str, Any] = {
        "id": external_id,
        "prompt": f"What is {external_id}?",
        "response_a": {"model": models[0], "text": f"first answer to {external_id}"},
        "response_b": {"model": models[1], "text": f"second answer to {external_id}"},
    }
    if verdicts:
        line["judgements"] = [{"annotator": name, "verdict": word} for name, word in verdicts.items()]
    return line | more


def encode(lines: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def import_lines(project: Project, lines: Iterable[dict[str, Any]]) -> Import:
    """Import the lines into the project in this process; every one of them must be accepted."""
    run = imports.start(project=project, stream=BytesIO(encode(lines)), format="native", file_name="test", by=None)
    job = jobs.run(run.job_id)
    assert job is not None
    assert job.state == "done", job.arguments
    run.refresh_from_db()
    assert run.quarantined == 0, list(run.quarantined_lines.values_list("line", "code", "arguments"))
    return run
