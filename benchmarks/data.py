"""Import and export, compared with one line and one pair at a time through model objects, as most peers do it."""

from __future__ import annotations

import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.pg import servers
from benchmarks.registry import Figure, faster

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")


def figures(*, full: bool) -> Iterator[Figure]:
    with servers():
        import django

        django.setup()
        size = 500 if full else 200  # the peer's way takes some 30 ms a line
        yield _import(size)
        yield _export(size)
        yield from _promised(100_000 if full else 2_000, times=3 if full else 5)


def _lines(size: int, mark: str, judgements: int = 3) -> Iterator[dict[str, Any]]:
    people = [f"person {p}" for p in range(12)]
    return (
        {
            "id": f"{mark}-{i}",
            "prompt": f"What is {mark} {i}?",
            "response_a": {"model": f"m{i % 5}", "text": f"An answer to {i}. " * 20},
            "response_b": {"model": f"m{(i + 1) % 5}", "text": f"Another answer to {i}. " * 20},
            "judgements": [{"annotator": people[(i + k) % 12], "verdict": "ab"[i % 2]} for k in range(judgements)],
        }
        for i in range(size)
    )


def _import(size: int) -> Figure:
    from annotation.models import Project

    turn = iter(range(1000))

    def ours() -> None:
        mark = f"ours{next(turn)}"
        _import_lines(mark, _body(size, mark))

    def peer() -> None:
        mark = f"peer{next(turn)}"
        project = Project.objects.create(slug=mark, name=mark, state="open")
        for line in _lines(size, mark):
            _one_by_one(project, line)

    return faster(f"import of {size:,} lines with three judgements each", ours, peer, 3, times=5)


def _body(size: int, mark: str, judgements: int = 3) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in _lines(size, mark, judgements))


def _import_lines(mark: str, body: bytes) -> Any:
    from annotation.models import Project
    from annotation.services import jobs
    from annotation.services.intake import imports

    project = Project.objects.create(slug=mark, name=mark, state="open")
    run = imports.start(project=project, stream=io.BytesIO(body), format="native")
    job = jobs.run(run.job_id)
    assert job is not None
    assert job.state == "done", job.arguments
    return project


def _promised(size: int, *, times: int) -> Iterator[Figure]:
    """What the product promises of itself, without a peer: 100,000 lines in 60 s, a first row within 1 s, 5,000 rows/s."""
    from reward.services import exports

    body = _body(size, "promised", judgements=1)
    seconds, projects = zip(
        *(_timed(lambda n=n: _import_lines(f"promised{n}", body)) for n in range(times)), strict=True
    )
    rate = size / statistics.median(seconds)
    yield Figure(f"import of {size:,} lines with a judgement, lines/s", f"{rate:,.0f}", "promise", rate, 100_000 / 60)
    for format in ("raw", "trl-preference"):
        firsts, wholes = [], []
        for n in range(times):
            lines = exports.open_export(project=projects[n], format=format).lines()
            first, _ = _timed(lambda lines=lines: next(lines))
            rest, rows = _timed(lambda lines=lines: sum(1 for _ in lines))
            assert rows == size - 1
            firsts.append(first)
            wholes.append(first + rest)
        first, rate = statistics.median(firsts), size / statistics.median(wholes)
        name = f"{format} of {size:,} pairs"
        yield Figure(f"{name}, s to a first row", f"{first * 1000:,.0f} ms", "promise", first, 1, at_most=True)
        yield Figure(f"{name}, rows/s", f"{rate:,.0f}", "promise", rate, 5_000)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def _one_by_one(project: Any, line: dict[str, Any]) -> None:
    from hashlib import sha256

    from django.db import transaction
    from django.utils import timezone

    from annotation.models import Annotation, AnnotationRevision, Assignment, Member, Pair, Prompt, Response, Slot

    now = timezone.now()
    digest = sha256(line["id"].encode()).digest()
    with transaction.atomic():
        prompt, _ = Prompt.objects.get_or_create(
            project=project, content_hash=digest, defaults={"content": line["prompt"]}
        )
        first, second = (
            Response.objects.get_or_create(
                project=project,
                prompt=prompt,
                source_model=line[side]["model"],
                content_hash=sha256(line[side]["text"].encode()).digest(),
                defaults={"content": line[side]["text"]},
            )[0]
            for side in ("response_a", "response_b")
        )
        pair, _ = Pair.objects.get_or_create(
            project=project,
            external_id=line["id"],
            defaults={"prompt": prompt, "first": first, "second": second, "content_hash": digest},
        )
        for judgement in line["judgements"]:
            number = int(judgement["annotator"].split()[1]) + 1
            member, _ = Member.objects.get_or_create(
                project=project, name=judgement["annotator"], defaults={"number": number}
            )
            slot = Slot.objects.create(project=project, pair=pair, key=1.0, open=False, first_on_left=True)
            assignment = Assignment.objects.create(
                project=project, member=member, pair=pair, slot=slot, state="submitted", first_on_left=None
            )
            verdict = "ab".index(judgement["verdict"])
            annotation = Annotation.objects.create(
                project=project, assignment=assignment, verdict=verdict, first_at=now, at=now
            )
            AnnotationRevision.objects.create(
                project=project,
                annotation=annotation,
                member=member,
                n=1,
                kind="submit",
                verdict=verdict,
                at=now,
                body_hash=digest,
            )


def _export(size: int) -> Figure:
    from annotation.models import Pair, Project
    from reward.services import exports

    project = Project.objects.filter(slug__startswith="ours").latest("id")

    def ours() -> int:
        return sum(len(line) for line in exports.open_export(project=project, format="raw").lines())

    def peer() -> int:
        written = 0
        pairs = Pair.objects.filter(project=project).select_related("prompt", "first", "second").order_by("id")
        for pair in pairs.prefetch_related("assignments__annotation", "assignments__member"):
            row = {
                "id": pair.external_id,
                "prompt": pair.prompt.content,
                "response_a": {"model": pair.first.source_model, "text": pair.first.content},
                "response_b": {"model": pair.second.source_model, "text": pair.second.content},
                "judgements": [
                    {"annotator": a.member.name, "verdict": "ab"[a.annotation.verdict], "at": str(a.annotation.at)}
                    for a in pair.assignments.all()
                ],
            }
            written += len(json.dumps(row).encode())
        return written

    return faster(f"raw export of {size:,} pairs with three judgements each", ours, peer, 1.5)
