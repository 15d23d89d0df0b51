"""Hand-out compared with Label Studio's, written as SQL, on one server by turns.

Ours are the statements that the services send: a cycle of ``lease_next`` and ``submit`` is captured from Django, its
values are turned into pgbench's variables, and pgbench replays it with 64 clients as 500 people.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from benchmarks import http_cycles, theirs
from benchmarks.pg import Run, pgbench, psql, servers
from benchmarks.registry import Figure

CLIENTS, PEOPLE = 64, 500
SECONDS = 6
ROUNDS = 20
PROCESSES = 8

SEED = """
INSERT INTO annotation_project (slug, name, state, simulated, slots_per_pair, gold_rate, probe_rate, edit_window_seconds,
  lease_seconds, target_kappa, target_gold, target_unsettled, target_n, batch, created_at)
VALUES ('bench', 'Bench', 'open', false, 3, 0, 0, 900, 600, .55, .9, .08, 100, 1, now());
INSERT INTO annotation_guidelines (project_id, version, text, written_at)
SELECT id, 1, 'Judge.', now() FROM annotation_project WHERE slug = 'bench';
INSERT INTO annotation_user (
  password, is_superuser, email, name, is_active, theme, text_size, time_zone, must_change_password, date_joined)
SELECT '', false, 'person' || g || '@concord.example', 'Person ' || g, true, 'system', 'medium', '', false, now()
FROM generate_series(0, {people} - 1) g;
INSERT INTO annotation_member (project_id, user_id, role, state, number, name, guidelines_read, joined_at)
SELECT p.id, u.id, 'annotator', 'active', u.id, u.name, 1, now()
FROM annotation_project p, annotation_user u WHERE p.slug = 'bench';
INSERT INTO annotation_queuemark (project_id, member_id, route, key) SELECT project_id, id, 0, 0 FROM annotation_member;
INSERT INTO annotation_prompt (project_id, content, content_hash, language, tags, author_name, created_at)
SELECT p.id, to_jsonb('What is ' || g || '?'), sha256(('q' || g)::bytea), '', '{{}}', '', now()
FROM annotation_project p, generate_series(1, {pairs}) g WHERE p.slug = 'bench' ORDER BY g;
INSERT INTO annotation_response (project_id, prompt_id, source_model, content, content_hash, copy)
SELECT q.project_id, q.id, 'm' || s, to_jsonb('An answer, the ' || s || '.'), sha256((q.id || ' ' || s)::text::bytea), 0
FROM annotation_prompt q, generate_series(1, 2) s ORDER BY q.id, s;
INSERT INTO annotation_pair (project_id, prompt_id, first_id, second_id, external_id, origin, batch, content_hash, created_at)
SELECT q.project_id, q.id, min(r.id), max(r.id), 'p' || q.id, 'import', 1, q.content_hash, now()
FROM annotation_prompt q JOIN annotation_response r ON r.prompt_id = q.id GROUP BY q.id ORDER BY q.id;
INSERT INTO annotation_slot (project_id, pair_id, route, key, open, first_on_left)
SELECT k.project_id, k.id, 0, k.key, true, s % 2 = 0
FROM (SELECT id, project_id, 1 + random() AS key FROM annotation_pair) k, generate_series(1, 3) s ORDER BY k.id, s;
"""

# Numbers that occur nowhere else in a statement, so that they can be replaced when it is made a script.
EMPTY = """
TRUNCATE annotation_project, annotation_user CASCADE;
ALTER SEQUENCE annotation_member_id_seq RESTART 600000001;
ALTER SEQUENCE annotation_slot_id_seq RESTART 700000001;
ALTER SEQUENCE annotation_assignment_id_seq RESTART 800000001;
"""

AS_NEW = """
TRUNCATE annotation_annotationrevision, annotation_annotation, annotation_draft, annotation_flag, annotation_skip,
  annotation_takenback, annotation_assignment;
UPDATE annotation_slot SET open = true WHERE NOT open;
UPDATE annotation_queuemark SET key = 0, walk_to = NULL, went_back_at = NULL;
"""

SHARE = """
SELECT coalesce(avg((done = 3)::int), 0) FROM (
  SELECT pair_id, count(*) AS done FROM annotation_assignment WHERE state = 'submitted' GROUP BY pair_id) t
"""


def figures(*, full: bool) -> Iterator[Figure]:
    """Hand-out at 1e4 and 1e5 pairs, and with ``full`` at 1e6: statements, services, HTTP."""
    sizes = [10_000, 100_000, 1_000_000] if full else [10_000, 100_000]
    p95: dict[int, float] = {}
    with servers() as home:
        for size in sizes:
            _seed(home, size)
            times = 3 if size >= 1_000_000 else 5
            cycle = captured(home)
            ours, peer = _by_turns(home, cycle, size, times)
            p95[size] = ours.p95
            label = f"1e{len(str(size)) - 1} pairs"
            target = {10_000: 1, 100_000: 10}.get(size, 100)
            yield Figure(
                f"{label}: cycles/s, {CLIENTS} clients as {PEOPLE} people",
                f"{ours.rate:,.0f}/s",
                f"{peer.rate:,.1f}/s",
                ours.rate / peer.rate,
                target,
            )
            yield Figure(
                f"{label}: p95 of a cycle", f"{ours.p95:,.1f} ms", f"{peer.p95:,.0f} ms", peer.p95 / ours.p95, 1
            )
            share = _complete_after_rounds(home, cycle)
            yield Figure(f"{label}: touched pairs complete after {ROUNDS} rounds", f"{share:.1%}", "", share, 0.95)
            _as_new(home)
            rate = _services(home)
            yield Figure(
                f"{label}: services called from {PROCESSES} processes",
                f"{rate:,.0f}/s",
                f"{peer.rate:,.1f}/s",
                rate / peer.rate,
                25 if size >= 1_000_000 else 1,
            )
        small, large = min(p95), max(p95)
        yield Figure(
            f"p95 growth from {small:.0e} to {large:.0e} pairs".replace("e+0", "e"),
            f"{p95[large]:.1f} ms",
            f"{p95[small]:.1f} ms",
            p95[large] / p95[small],
            2,
            at_most=True,
        )
        _as_new(home)
        judged, bare = http_cycles.measure(home)
        yield Figure(
            "HTTP judge cycles (submit + next), 32 clients", f"{judged:,.0f}/s", f"{bare:,.0f}/s", judged / bare, 1 / 6
        )


def _seed(home: Path, size: int) -> None:
    for statement in EMPTY.split(";\n"):
        if statement.strip():
            psql(home, statement)
    for statement in SEED.format(people=PEOPLE, pairs=size).split(";\n"):
        if statement.strip():
            psql(home, statement)
    for statement in theirs.seed(size, PEOPLE):
        psql(home, statement)
    psql(home, "VACUUM ANALYZE")


def _as_new(home: Path) -> None:
    for statement in AS_NEW.split(";\n"):
        if statement.strip():
            psql(home, statement)
    psql(home, "VACUUM ANALYZE annotation_slot")
    psql(home, "VACUUM ANALYZE annotation_queuemark")


def _by_turns(home: Path, cycle: str, size: int, times: int) -> tuple[Run, Run]:
    """Medians of both, measured alternately. A project is made as new before its slots run out."""
    mine, others = [], []
    room, left = size * 3 // 2, 0
    for _ in range(times):
        if left < room:
            _as_new(home)
            left = size * 3
        each = min(room // CLIENTS, 400)
        mine.append(pgbench(home, cycle, clients=CLIENTS, each=each))
        left -= each * CLIENTS
        others.append(pgbench(home, theirs.CYCLE, clients=CLIENTS, seconds=SECONDS))
    return _median(mine), _median(others)


def _median(runs: list[Run]) -> Run:
    return Run(statistics.median(r.rate for r in runs), statistics.median(r.p95 for r in runs))


def _complete_after_rounds(home: Path, cycle: str) -> float:
    """Each of the 500 judges twenty pairs; the share of pairs anybody touched that have all three judgements."""
    _as_new(home)
    pgbench(home, cycle, clients=CLIENTS, each=PEOPLE * ROUNDS // CLIENTS)
    return float(psql(home, SHARE))


def captured(home: Path) -> str:
    """A cycle of the services as a pgbench script: the statements Django sent, their values made variables.

    Each client has seven or eight people of its own, so that no two clients are one person at once.
    """
    statements, member, offer, key = _one_cycle()
    _as_new(home)
    first = int(psql(home, "SELECT min(id) FROM annotation_member"))
    script = [
        f"\\set low (:client_id * {PEOPLE} / {CLIENTS})",
        f"\\set high ((:client_id + 1) * {PEOPLE} / {CLIENTS} - 1)",
    ]
    script += [f"\\set member {first} + random(:low, :high)"]
    script += ["\\set k1 random(10000000, 99999999)", "\\set k2 random(100000000000, 999999999999)"]
    for sql in statements:
        sql = sql.replace(offer["uuid"].hex, ":leased_uuid").replace(key.hex, ":k1-0000-4000-8000-:k2")
        sql = " ".join(_number(_number(sql, member, ":member"), offer["id"], ":leased_id").split())
        script.append(sql + (" \\gset leased_" if "concord_lease_next" in sql else ";"))
    assert sum("\\gset" in line for line in script) == 1, script
    return "\n".join(script) + "\n"


def _number(sql: str, value: int, name: str) -> str:
    """Replace a whole number, and nothing that merely contains it."""
    return re.sub(rf"(?<![\w.-]){value}(?![\w.-])", name, sql)


def _one_cycle() -> tuple[list[str], int, dict[str, Any], UUID]:
    """What Django sends for one lease and its submit. The member's number occurs nowhere else in the statements."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from annotation.models import Assignment, Member
    from annotation.services import handout, judging

    member = Member.objects.select_related("project").order_by("-id")[0]
    rng = random.Random(5)
    key = uuid4()
    with CaptureQueriesContext(
        connection,
    ) as sent:
        offer = handout.lease_next(member=member, rng=rng)
        assert offer.uuid is not None
        judging.submit(
            member=member, assignment_uuid=offer.uuid, submit_key=key, judgement=judging.Judgement("a", seconds=1.0)
        )
    leased = Assignment.objects.get(pk=offer.assignment)
    statements = [query["sql"] for query in sent.captured_queries]
    connection.close()
    return statements, member.pk, {"id": leased.pk, "uuid": leased.uuid}, key


def _services(home: Path) -> float:
    """Cycles a second of ``lease_next`` and ``submit`` called from eight processes, median of three."""
    del home
    rates = []
    context = multiprocessing.get_context("spawn")
    for number in range(3):
        with context.Pool(PROCESSES) as pool:
            rates.append(sum(pool.starmap(_judge_for, [(p, 4.0, number) for p in range(PROCESSES)])))
    return statistics.median(rates)


def _judge_for(process: int, seconds: float, number: int) -> float:
    import django

    django.setup()
    from annotation.models import Member
    from annotation.services import handout, judging

    people = list(Member.objects.select_related("project").order_by("id"))[process::PROCESSES]
    handout.lease_next(member=people[0])
    done, began, turn = 0, time.perf_counter(), number * 1000
    while time.perf_counter() - began < seconds:
        member = people[turn % len(people)]
        turn += 1
        offer = handout.lease_next(member=member)
        if offer.uuid is None:
            continue
        judging.submit(
            member=member, assignment_uuid=offer.uuid, submit_key=uuid4(), judgement=judging.Judgement("a", seconds=1.0)
        )
        done += 1
    return done / (time.perf_counter() - began)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
