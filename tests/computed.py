"""A project with judgements, and with its figures and ratings stored as the workers store them."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from typing import Any

from annotation.models import Project
from annotation.services import jobs
from annotation.services.intake import imports
from quality.models import QualityRun
from quality.selectors.runs import latest_run
from quality.services import computation
from reward.services import ratings

MODELS = ("dpo-r2", "ppo-r1", "sft-base")
CAREFUL = ("amber", "birch", "cedar")
ALWAYS_FIRST = "dune"


def lines(
    pairs: int = 60, *, models: tuple[str, ...] = MODELS, gold: int = 12, now: dt.datetime | None = None, seed: int = 7
) -> list[dict[str, Any]]:
    """Pairs whose truth three annotators nearly always find, and a fourth never looks at."""
    rng = random.Random(seed)
    now = now or dt.datetime.now(dt.UTC)
    made = []
    for i in range(pairs):
        first, second = rng.sample(models, 2)
        truth = rng.choices(["a", "b", "tie", "both_bad"], weights=[4, 5, 2, 1])[0] if i >= gold else rng.choice("ab")
        judged = [(name, truth if rng.random() < 0.93 else rng.choice(["a", "b", "tie"])) for name in CAREFUL]
        judged.append((ALWAYS_FIRST, "a"))
        made.append(
            {
                "id": f"pair-{i:03d}",
                "prompt": f"Question {i}: how long does bread keep?",
                "response_a": {"model": first, "text": f"Answer {i} by {first}"},
                "response_b": {"model": second, "text": f"Answer {i} by {second}"},
                **({"gold": truth} if i < gold else {}),
                "judgements": [
                    {
                        "annotator": name,
                        "verdict": word,
                        "shown_first": "ab"[(i + n) % 2],
                        "confidence": 0.8,
                        "seconds": 4 if name == ALWAYS_FIRST else 40 + n + i % 7,
                        "at": (now - dt.timedelta(days=i % 20, hours=n)).isoformat(),
                    }
                    for n, (name, word) in enumerate(judged)
                ],
            }
        )
    return made


def imported(project: Project, *records: dict[str, Any]) -> None:
    """Import native lines as a worker does."""
    stream = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())
    job = jobs.run(imports.start(project=project, stream=stream, format="native", file_name="sent.jsonl").job_id)
    assert job is not None
    assert job.state == "done", job.arguments


def computed(project: Project, *, rated: bool = True) -> QualityRun:
    """Compute and store figures, and ratings, as a worker does."""
    asked = [computation.ask(project=project, by=None)]
    asked += [ratings.ask(project=project, by=None)] if rated else []
    for job in asked:
        done = jobs.run(job.pk)
        assert done is not None
        assert done.state == "done", done.arguments
    run = latest_run(project)
    assert run is not None
    return run


def judged(project: Project, **more: Any) -> QualityRun:
    """Both."""
    imported(project, *lines(**more))
    return computed(project)
