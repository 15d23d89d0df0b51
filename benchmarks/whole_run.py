"""A whole quality run, from the judgements in the database to the stored figures: `python -m benchmarks.whole_run` in servers."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.handout import EMPTY, SEED
from benchmarks.pg import ROOT, psql, servers
from benchmarks.registry import Figure

PEOPLE, PAIRS = 200, 100_000

# Three judgements of each pair by three of the people, who are right in three of four cases; a minute for each.
JUDGE = """
INSERT INTO annotation_assignment (uuid, project_id, member_id, pair_id, slot_id, kind, state, first_on_left,
  guidelines_version, leased_at, lease_until)
SELECT gen_random_uuid(), s.project_id, m.ids[1 + (s.pair_id * 7 + s.n * 61) % {people}], s.pair_id, s.id, 'ordinary', 'submitted',
  s.first_on_left, 1, now() - interval '20 days' + s.id * interval '5 seconds', now()
FROM (SELECT *, row_number() OVER (PARTITION BY pair_id ORDER BY id) AS n FROM annotation_slot) s,
  (SELECT array_agg(id ORDER BY id) AS ids FROM annotation_member) m;
INSERT INTO annotation_annotation (project_id, assignment_id, verdict, confidence, reason, seconds, surplus, first_at, at)
SELECT a.project_id, a.id,
  (CASE WHEN random() < .75 THEN a.pair_id % 4 ELSE floor(random() * 4) END)::int,
  round((.5 + .5 * random())::numeric, 2)::float8, '', 5 + 60 * random(), false, leased_at, leased_at + interval '1 minute'
FROM annotation_assignment a;
UPDATE annotation_slot SET open = false;
"""


def figures() -> Iterator[Figure]:
    """Seconds of one core, how often the kernels alone that is, and megabytes beyond a worker that has done nothing."""
    with servers() as home:
        for statement in (EMPTY + SEED.format(people=PEOPLE, pairs=PAIRS) + JUDGE.format(people=PEOPLE)).split(";\n"):
            if statement.strip():
                psql(home, statement)
        psql(home, "VACUUM ANALYZE")
        command = [sys.executable, "-m", "benchmarks.whole_run"]
        alone = os.environ | {"OMP_NUM_THREADS": "1"}
        printed = subprocess.run(command, cwd=ROOT, env=alone, check=True, capture_output=True, text=True).stdout
    found = json.loads(printed.splitlines()[-1])
    what = f"whole run, {found['judgements']:,} judgements, {PEOPLE} annotators"
    whole, kernels = found["seconds"], found["kernels"]
    yield Figure(f"{what}: s of one core", f"{whole:.2f} s", "", whole, 5, at_most=True)
    yield Figure(f"{what}: of its kernels", f"{whole:.2f} s", f"{kernels:.2f} s", whole / kernels, 3, at_most=True)
    yield Figure(f"{what}: MB", f"{found['megabytes']:.0f} MB", "", found["megabytes"], 250, at_most=True)


def main() -> None:
    """Run once to warm up and once to measure, and print what was found as JSON."""
    import django

    django.setup()
    from annotation.models import Project
    from annotation.services import jobs
    from quality.services import analysis, computation

    project = Project.objects.get()
    in_kernels: list[float] = []
    analyze = analysis.analyze

    def timed(*given: object, **named: object) -> analysis.Analysis:
        began = time.process_time()
        found = analyze(*given, **named)  # type: ignore[arg-type]
        in_kernels.append(time.process_time() - began)
        return found

    analysis.analyze = timed
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: list[float] = []
    for _ in range(2):
        job = computation.ask(project=project, by=None)
        began = time.process_time()
        assert jobs.run(job.pk)
        seconds.append(time.process_time() - began)
        job.refresh_from_db()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {"seconds": seconds[-1], "kernels": in_kernels[-1], "megabytes": (peak - before) / 1024}
    sys.stdout.write(json.dumps(found | {"judgements": job.result["n_annotations"]}) + "\n")


if __name__ == "__main__":
    main()
