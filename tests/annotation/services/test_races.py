"""A race of 64 real connections over 20 annotators for 20,000 hand-outs."""

from __future__ import annotations

import collections
import json
import os
import random
import subprocess
import sys

import pytest
from django.db import connection

from annotation.models import Annotation, Assignment, Pair, Slot
from annotation.selectors import integrity
from annotation.services import handout
from tests.annotation.services.builders import could_have, five_minutes_later, judge, make_pairs, scene
from tests.programs import ROOT
from tests.services import database_url_of_tests

PROCESSES, THREADS, PEOPLE, PAIRS, WANTED = 4, 16, 20, 6_600, 3
HAND_OUTS = 20_000
SECONDS = 900  # some 40 on two idle cores; the rest is patience with a busy machine


@pytest.mark.external
@pytest.mark.django_db(transaction=True)
def test_64_connections_over_20_annotators_for_20_000_hand_outs():
    the = scene(pairs=0, members=PEOPLE, gold=20, gold_rate=0.02)
    made: list[Pair] = make_pairs(the.project, PAIRS)
    rng = random.Random(64)
    keys = [(pair, 1 + rng.random()) for pair in made]
    Slot.objects.bulk_create(
        (
            Slot(project=the.project, pair=pair, key=key, first_on_left=s % 2 == 0)
            for pair, key in keys
            for s in range(WANTED)
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    stories = race([member.pk for member in the.members])
    assert [error for story in stories for error in story["errors"]] == []
    counts = sum((collections.Counter(story["counts"]) for story in stories), collections.Counter())
    assert sum(story["connections"] for story in stories) == PROCESSES * THREADS
    assert counts["out of time"] == 0, counts
    for operation in ("skip", "release", "left to lapse", "undo", "edit"):
        assert counts[operation] > 0, counts

    # A member who stopped asking while others still gave pairs back asks again, and once more when they may look back.
    for patience in range(2):
        if patience:
            five_minutes_later(the.project)
        Assignment.objects.filter(project=the.project, state="leased").update(lease_until="2000-01-01T00:00:00Z")
        while handout.expire(project=the.project, most=500):
            pass
        for member in the.members:
            while judge(member):
                pass

    assert Assignment.objects.filter(project=the.project).count() >= HAND_OUTS
    with connection.cursor() as cursor:
        for sentence, sql in NEVER.items():
            cursor.execute(sql)
            assert cursor.fetchall() == [], sentence
    assert could_have(the.project) == [], "an open slot that somebody waiting could have had"
    assert [f.invariant.sentence for f in integrity.check() if f.breaches] == []
    standing = Annotation.objects.filter(verdict__isnull=False, surplus=False, assignment__kind="ordinary").count()
    assert standing == PAIRS * WANTED - Slot.objects.filter(project=the.project, open=True).count()


NEVER = {
    "a pair over its slots": """
        SELECT t.pair_id FROM annotation_assignment t JOIN annotation_pair p ON p.id = t.pair_id
        LEFT JOIN annotation_annotation a ON a.assignment_id = t.id
        WHERE t.state IN ('leased', 'submitted') AND p.gold_verdict IS NULL AND a.surplus IS NOT TRUE
        GROUP BY t.pair_id HAVING count(*) > (SELECT count(*) FROM annotation_slot s WHERE s.pair_id = t.pair_id)""",
    "a pair twice to one person": """
        SELECT pair_id, member_id FROM annotation_assignment WHERE state IN ('leased', 'submitted', 'skipped')
        GROUP BY pair_id, member_id HAVING count(*) > 1""",
    "a slot taken without an assignment": """
        SELECT id FROM annotation_slot s WHERE NOT open AND NOT EXISTS (
          SELECT FROM annotation_assignment t WHERE t.slot_id = s.id AND t.state IN ('leased', 'submitted'))""",
}


def race(members: list[int]) -> list[dict]:
    """Processes with several connections each; each annotator is active in two of them."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url_of_tests(),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    runners = []
    for number in range(PROCESSES):
        mine = members[number::PROCESSES]
        guests = members[(number + 1) % PROCESSES :: PROCESSES]
        runner = subprocess.Popen(
            [sys.executable, "-m", "tests.annotation.services.race"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert runner.stdin is not None
        task = {"members": mine, "guests": guests, "threads": THREADS, "seed": number, "seconds": SECONDS}
        json.dump(task, runner.stdin)
        runner.stdin.close()
        runners.append(runner)
    stories = []
    for runner in runners:
        assert runner.stdout is not None
        stories.append(json.loads(runner.stdout.read() or '{"errors": ["it died"], "counts": {}, "connections": 0}'))
        assert runner.wait() == 0
    return stories
