"""What is known of simulated judgements: the truth and the difficulty of each pair, and the kind of each annotator.

For tests and tools, which compare with it what the product finds. It is computed from the seed and the strengths that the
project's simulations keep, and stored nowhere else: no page, API operation or export reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Job, Member, Project
from annotation.sampling.simulated import Kind, known
from annotation.selectors import source_models
from annotation.vocabulary import JobKind
from common.db.rows import query

# A prompt's first tag is the skill that it takes, else its language.
PAIRS: Final = """
SELECT p.id, p.external_id, a.source_model, b.source_model, coalesce(p.gold_verdict, -1),
  length(a.content::text), length(b.content::text), coalesce(q.tags[1], q.language)
FROM annotation_pair p
JOIN annotation_prompt q ON q.id = p.prompt_id
JOIN annotation_response a ON a.id = p.first_id
JOIN annotation_response b ON b.id = p.second_id
WHERE p.project_id = %(project)s ORDER BY p.id
"""

SKILLS: Final = """
SELECT DISTINCT coalesce(q.tags[1], q.language) FROM annotation_prompt q WHERE q.project_id = %(project)s ORDER BY 1
"""


class NotSimulated(Exception):
    """Nothing was simulated in the project, so that no truth is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of the N pairs of a project."""

    pair_ids: NDArray[np.int64]  # (N,) ascending
    verdict: NDArray[np.int8]  # (N,) the true verdict
    difficulty: NDArray[np.float64]  # (N,) in log-odds: by how much everybody's chance to be right is lower
    lengths: NDArray[np.int64]  # (N, 2) characters of the first and of the second response
    skill: list[str]
    place: dict[int, int]  # of a pair's id in these


def truth(project: Project) -> Truth:
    """Return the known truth of every pair of a simulated project.

    Raises
    ------
    NotSimulated
        Nothing was simulated in it through the services.
    """
    first = _jobs(project).order_by("pk").first()
    if first is None:
        raise NotSimulated
    rows = _pairs(project)
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    gold = np.array([row[4] for row in rows], dtype=np.int8)
    found = known(
        [row[1] for row in rows], [(row[2], row[3]) for row in rows], gold, strengths(project), first.parameters["seed"]
    )
    return Truth(
        pair_ids=ids,
        verdict=found.verdict,
        difficulty=found.difficulty,
        lengths=np.array([[row[5], row[6]] for row in rows], dtype=np.int64).reshape(-1, 2),
        skill=[row[7] for row in rows],
        place={pk: i for i, pk in enumerate(ids.tolist())},
    )


def strengths(project: Project, *, given: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the true log-strength of each source model: that of an earlier simulation, else the given one, else by rank."""
    names = sorted(source_models.names(project=project))
    spread = dict(zip(names, np.linspace(-1, 1, len(names)).tolist(), strict=True))
    earlier: dict[str, float] = {}
    for job in _jobs(project).order_by("-pk"):
        earlier |= job.parameters["strengths"]
    return spread | dict(given or {}) | earlier


def skills(project: Project) -> list[str]:
    """Return what the project's prompts take: their first tags, and languages where they have none."""
    return [skill for (skill,) in query(SKILLS, {"project": project.pk})]


def kinds(project: Project) -> dict[int, Kind]:
    """Return the kind of each simulated annotator, by the member's id."""
    known_kinds = {kind.value: kind for kind in Kind}
    members = Member.objects.filter(project=project, user__isnull=True).values_list("pk", "name")
    return {pk: known_kinds[name.rpartition(" ")[0]] for pk, name in members if name.rpartition(" ")[0] in known_kinds}


def _pairs(project: Project) -> list[Any]:
    return query(PAIRS, {"project": project.pk})


def _jobs(project: Project) -> Any:
    return Job.objects.filter(project=project, kind=JobKind.SIMULATION.value)
