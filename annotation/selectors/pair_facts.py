"""What is known of every pair of a project but its texts: languages, tags, source models, and since when it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import source_models as models_of
from common.db import copy

MOST_NAMES: Final = 200
"""Languages, tags and source models that are told apart, the most frequent; what is rarer is of no name."""
NO_NAME: Final = -1

# Each names the project for one table, and the arrays are joined by keys afterwards: linear whatever the planner knows of the
# project (decision 0009).
_PAIRS: Final = """
SELECT id, extract(epoch FROM created_at)::float8, prompt_id, first_id, second_id, (gold_verdict IS NOT NULL)
FROM annotation_pair WHERE project_id = %(project)s
"""
_PROMPTS: Final = """
SELECT id, (coalesce(array_position(%(names)s::text[], language::text), 0) - 1)::int4
FROM annotation_prompt WHERE project_id = %(project)s
"""
_RESPONSES: Final = """
SELECT id, (coalesce(array_position(%(names)s::text[], source_model::text), 0) - 1)::int4
FROM annotation_response WHERE project_id = %(project)s
"""
_TAGGED: Final = """
SELECT p.id, (array_position(%(names)s::text[], t.tag) - 1)::int4
FROM annotation_prompt p CROSS JOIN LATERAL unnest(p.tags::text[]) AS t(tag)
WHERE p.project_id = %(project)s AND t.tag = ANY (%(names)s::text[])
"""
_LANGUAGES: Final = """
SELECT language FROM annotation_prompt WHERE project_id = %s AND language <> ''
GROUP BY language ORDER BY count(*) DESC, language LIMIT %s
"""
_TAGS: Final = """
SELECT t.tag FROM annotation_prompt p CROSS JOIN LATERAL unnest(p.tags) AS t(tag) WHERE p.project_id = %s
GROUP BY t.tag ORDER BY count(*) DESC, t.tag LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class PairFacts:
    """All P pairs of a project in order of their keys, judged or not; codes are positions in lists of names, else NO_NAME."""

    pair_ids: NDArray[np.int64]  # (P,)
    created: NDArray[np.float64]  # (P,) seconds since 1970
    prompt: NDArray[np.int64]  # (P,) primary keys
    is_gold: NDArray[np.bool_]  # (P,)
    language: NDArray[np.int64]  # (P,)
    models: NDArray[np.int64]  # (P, 2) of the first and the second response
    tagged: NDArray[np.int64]  # (T,) positions of pairs, once for each tag
    tag: NDArray[np.int64]  # (T,)
    languages: list[str]
    tags: list[str]
    source_models: list[str]

    def __len__(self) -> int:
        return len(self.pair_ids)


def pair_facts(project: Project) -> PairFacts:
    """Return what is known of a project's pairs. Four COPYs and three small queries, no model objects."""
    languages, tags = _names(_LANGUAGES, project), _names(_TAGS, project)
    models = models_of.names(project=project)[:MOST_NAMES]
    pairs = copy.read(
        _PAIRS,
        {"project": int(project.pk)},
        {"pair": "i8", "created": "f8", "prompt": "i8", "first": "i8", "second": "i8", "gold": "b1"},
    )
    pairs = pairs[np.argsort(pairs["pair"], kind="stable")]
    prompt = pairs["prompt"].astype(np.int64)
    of_response = _coded(_RESPONSES, project, models)
    tagged, tag = _coded(_TAGGED, project, tags)
    at, which = _matches(prompt, tagged)
    return PairFacts(
        pair_ids=pairs["pair"].astype(np.int64),
        created=pairs["created"].astype(np.float64),
        prompt=prompt,
        is_gold=pairs["gold"].astype(bool),
        language=_code_of(prompt, *_coded(_PROMPTS, project, languages)),
        models=np.stack([_code_of(pairs[side].astype(np.int64), *of_response) for side in ("first", "second")], axis=1),
        tagged=at,
        tag=tag[which],
        languages=languages,
        tags=tags,
        source_models=models,
    )


def _names(query: str, project: Project) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, [project.pk, MOST_NAMES])
        return [name for (name,) in cursor.fetchall()]


def _coded(query: str, project: Project, names: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return primary keys in order, and the code of each."""
    rows = copy.read(query, {"project": int(project.pk), "names": names}, {"key": "i8", "code": "i4"})
    rows = rows[np.argsort(rows["key"], kind="stable")]
    return rows["key"].astype(np.int64), rows["code"].astype(np.int64)


def _code_of(keys: NDArray[np.int64], known: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.int64]:
    """The code of each key, which is known unless its row came since; then it has no name."""
    at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    return np.where(known[at] == keys, code[at], NO_NAME) if len(known) else np.full(len(keys), NO_NAME)


def _matches(keys: NDArray[np.int64], known: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every two positions, in keys and in the known ones (in order, some several times), that hold the same key."""
    first, last = np.searchsorted(known, keys, "left"), np.searchsorted(known, keys, "right")
    times: NDArray[Any] = last - first
    at = np.repeat(np.arange(len(keys)), times)
    return at, np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times) + np.repeat(first, times)
