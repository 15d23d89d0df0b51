"""Large reads are planned right in projects that are newer than the planner's statistics (decision 0009).

What a planner knows of a project that came after the last ANALYZE is that it has a row or two. A join of two parts of such
a project by nested loop then looks cheap, and is quadratic: 53,764 judgements took 162 s to read.
"""

from __future__ import annotations

import pytest

from tests.plans.reads import READS
from tests.plans.scenes import new_project, no_autovacuum, older_projects
from tests.plans.work import Work, work

pytestmark = [pytest.mark.external, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ("an older project", "just imported"),
        ("an older project", "fresh"),
        ("an older project", "half done"),
        ("many small projects", "just imported"),
        ("many small projects", "half done"),
        ("nothing", "just imported"),
        ("nothing", "half done"),
    ],
)
def test_no_read_grows_faster_than_its_project(before: str, state: str) -> None:
    with no_autovacuum():
        older_projects(before)
        scene = new_project(state)
        wrong: list[tuple[str, int, Work]] = []
        for name, read in READS.items():
            with work() as seen:
                read.call(scene.project)
            if before == "an older project" and state == "just imported":
                assert seen, f"{name} sends nothing that was seen"
            for one in seen:
                most = read.most(scene, one)
                if max(one.rows, one.pages) > most:
                    wrong.append((name, most, one))

    assert not wrong, "\n\n".join(f"{name}: more than {most:,}: {one}" for name, most, one in wrong)
