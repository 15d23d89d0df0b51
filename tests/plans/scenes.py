"""Projects that are newer than the planner's statistics, in a database that may have older ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.apps import apps
from django.db import connection

from annotation.models import Assignment, Guidelines, Member, Project, QueueMark, User
from annotation.services import handout, jobs, judging
from annotation.services.intake import imports
from annotation.vocabulary import FlagReason, ProjectState, SkipReason
from tests.annotation.services.builders import Never, join
from tests.lines import encode, pair

PAIRS = 2_000
GOLD = 40
PROMPTS = 300
BROKEN = 1_500
ANNOTATORS = 9
VERDICTS = ("a", "a", "b", "tie")
APPS = ("annotation", "quality", "reward")

ROWS = "SELECT count(*) FROM annotation_{}"
GROWING = ("slot", "pair", "prompt", "response", "assignment", "annotation", "annotationrevision", "importline")


@dataclass(frozen=True, slots=True)
class Scene:
    """The project that is read, and how many rows there are in the tables that grow, of all projects together."""

    project: Project
    rows: int


def lines(pairs: int, *, judged: int, gold: int, prompts: int = 0) -> Iterator[dict[str, Any]]:
    """Pairs of which the first ``judged`` come with three judgements each; gold pairs that everybody judged; prompt lines."""
    people = [f"person {n}" for n in range(ANNOTATORS)]
    for i in range(pairs):
        given = {people[(i + k) % ANNOTATORS]: VERDICTS[(i + k) % 4] for k in range(3 if i < judged else 0)}
        yield pair(f"id-{i}", models=(f"m{i % 5}", f"m{(i + 1) % 5}"), verdicts=given)
    for i in range(gold):
        given = {name: VERDICTS[(i + n) % 4] for n, name in enumerate(people)} if judged else {}
        yield pair(f"gold-{i}", verdicts=given, gold="a")
    for i in range(prompts):
        responses = [{"model": f"m{n}", "text": f"Answer {n} to {i}."} for n in range(3)]
        yield {"id": f"prompt-{i}", "prompt": f"Question {i}?", "responses": responses}


def imported(slug: str, *, judged: int, pairs: int = PAIRS, gold: int = GOLD, broken: int = BROKEN) -> Project:
    """An open project into which a file was imported: pairs, gold, prompts to pair, and lines that are no JSON."""
    project = Project.objects.create(slug=slug, name=slug, state=ProjectState.OPEN.value, gold_rate=0.1, batch=1)
    Guidelines.objects.create(project=project, version=1, text="Prefer the better one.")
    prompts = PROMPTS if pairs == PAIRS else 3
    body = encode(lines(pairs, judged=judged, gold=gold, prompts=prompts)) + b"{\n" * broken
    job = jobs.run(imports.start(project=project, stream=BytesIO(body), format="native").job_id)
    assert job is not None
    assert job.state == "done", job.arguments
    return project


def give_accounts(project: Project) -> None:
    """Give every annotator an account, as if all that they judged had been handed to them."""
    for member in Member.objects.filter(project=project, user=None):
        member.user = User.objects.create(email=f"{uuid.uuid4().hex}@example.org", name=member.name)
        member.save()
        QueueMark.objects.get_or_create(project=project, member=member)
    judged = Assignment.objects.filter(project=project, state="submitted")
    judged.update(leased_at="2026-01-01T00:00:00Z", lease_until="2026-01-01T00:10:00Z", first_on_left=True)


def work_on(project: Project) -> None:
    """Let some members judge, skip and flag a few pairs, and hold one each."""
    for member in Member.objects.filter(project=project).select_related("project")[:6]:
        for n in range(6):
            offer = handout.lease_next(member=member, rng=Never())
            assert offer.uuid is not None
            if n == 5:
                continue
            judging.flag(member=member, assignment_uuid=offer.uuid, reason=FlagReason.OTHER)
            if n < 2:
                judging.skip(member=member, assignment_uuid=offer.uuid, reason=SkipReason.OTHER)
            else:
                judgement = judging.Judgement("a")
                judging.submit(member=member, assignment_uuid=offer.uuid, submit_key=uuid.uuid4(), judgement=judgement)


def _tables() -> list[str]:
    return [model._meta.db_table for app in APPS for model in apps.get_app_config(app).get_models()]


def older_projects(kind: str) -> None:
    """Make what was there before, and give the planner its statistics, which stay as they are from now on.

    It begins with new tables and indexes: rows of earlier tests that were rolled back leave pages in both, which ANALYZE takes
    for pages that hold nothing, and which make an index look dearer than reading its table whole.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_tables())} CASCADE")
    if kind == "an older project":
        give_accounts(imported("older", judged=PAIRS))
    elif kind == "many small projects":
        for n in range(30):
            imported(f"older-{n}", pairs=20, judged=20, gold=2, broken=2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def new_project(state: str) -> Scene:
    """Make the project that is read: just imported with its judgements, fresh without any, or half done by people."""
    project = imported("new", judged={"just imported": PAIRS, "fresh": 0, "half done": PAIRS // 2}[state])
    if state == "fresh":
        join(project, 2)
    if state == "half done":
        give_accounts(project)
        work_on(project)
    with connection.cursor() as cursor:
        rows = 0
        for table in GROWING:
            cursor.execute(ROWS.format(table))
            rows += cursor.fetchone()[0]
    return Scene(project, rows)


@contextmanager
def no_autovacuum() -> Iterator[None]:
    """Keep the statistics as old as they are."""

    def alter(change: str) -> None:
        with connection.cursor() as cursor:
            for table in _tables():
                cursor.execute(f"ALTER TABLE {table} {change}")

    alter("SET (autovacuum_enabled = off)")
    try:
        yield
    finally:
        alter("RESET (autovacuum_enabled)")
