"""Look up the prompts, responses and pairs that the lines of a chunk name. The number of queries is constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from annotation.formats.id_folding import folded, hash_of_folded
from annotation.formats.records import PairRecord
from annotation.models import Project
from annotation.services.intake import bulk
from annotation.services.intake.identities import IdentifiedLine, ResponseKey
from annotation.services.intake.judgements import KnownPair, has_revisions, look_up_judgements
from common.db.rows import query

Description: TypeAlias = tuple[str, tuple[str, ...], str]
"""What is known of a prompt besides its content: language, tags, author."""

# Why OFFSET 0 and (SELECT project): see ``bulk``.
PROMPTS: Final = """
SELECT w.hash, p.id, p.language, p.tags, p.author_name FROM unnest(%(hashes)s::bytea[]) AS w(hash)
CROSS JOIN LATERAL (
  SELECT id, language, tags, author_name FROM annotation_prompt
  WHERE project_id = (SELECT %(project)s::bigint) AND content_hash = w.hash OFFSET 0) p
"""

RESPONSES: Final = """
SELECT w.prompt, w.model, w.hash, w.copy, r.id
FROM unnest(%(prompts)s::bigint[], %(models)s::text[], %(hashes)s::bytea[], %(copies)s::int[])
  AS w(prompt, model, hash, copy)
CROSS JOIN LATERAL (
  SELECT id FROM annotation_response WHERE project_id = (SELECT %(project)s::bigint) AND prompt_id = w.prompt
  AND source_model = w.model AND content_hash = w.hash AND copy = w.copy OFFSET 0) r
"""

PAIRS: Final = """
SELECT w.external, p.id, p.content_hash, p.gold_verdict FROM unnest(%(ids)s::text[]) AS w(external)
CROSS JOIN LATERAL (
  SELECT id, content_hash, gold_verdict FROM annotation_pair
  WHERE project_id = (SELECT %(project)s::bigint) AND external_id = w.external OFFSET 0) p
"""

PROMPT_SETS: Final = """
SELECT w.external, s.content_hash FROM unnest(%(ids)s::text[]) AS w(external)
CROSS JOIN LATERAL (
  SELECT content_hash FROM annotation_promptset
  WHERE project_id = (SELECT %(project)s::bigint) AND external_id = w.external OFFSET 0) s
"""

# ORDER BY keeps the planner on the partial index, which is empty in most projects; EXISTS would drop it.
ANY_FOLDED_HASH: Final = """
SELECT coalesce(
  (SELECT true FROM annotation_pair
   WHERE project_id = (SELECT %(project)s::bigint) AND folded_hash IS NOT NULL ORDER BY folded_hash LIMIT 1),
  (SELECT true FROM annotation_promptset
   WHERE project_id = (SELECT %(project)s::bigint) AND folded_hash IS NOT NULL ORDER BY folded_hash LIMIT 1),
  false)
"""

SIMILAR_IDS: Final = """
SELECT w.external FROM unnest(%(ids)s::text[], %(folded)s::text[], %(hashes)s::bigint[]) AS w(external, folded, hash)
WHERE EXISTS (
    SELECT FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint)
    AND p.external_id = w.folded AND w.folded <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_promptset s WHERE s.project_id = (SELECT %(project)s::bigint)
    AND s.external_id = w.folded AND w.folded <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint)
    AND p.folded_hash = w.hash AND p.external_id <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_promptset s WHERE s.project_id = (SELECT %(project)s::bigint)
    AND s.folded_hash = w.hash AND s.external_id <> w.external OFFSET 0)
"""


@dataclass(slots=True)
class Known:
    """Pairs and prompt lines by external id, prompts by hash, responses by key."""

    pairs: dict[str, KnownPair] = field(default_factory=dict)
    prompt_sets: dict[str, bytes] = field(default_factory=dict)
    """Hashes of the content of prompt lines."""
    prompts: dict[bytes, int] = field(default_factory=dict)
    described: dict[bytes, Description] = field(default_factory=dict)
    responses: dict[ResponseKey, int] = field(default_factory=dict)
    paired: set[frozenset[ResponseKey]] = field(default_factory=set)
    """Which responses are pairs already, in either order."""
    similar_ids: set[str] = field(default_factory=set)
    """New external ids that are distinct from a stored one and have its folded form."""


def look_up(project: Project, lines: Sequence[IdentifiedLine]) -> Known:
    """Return what is stored of these lines. The caller has locked the project's row, so it stays true."""
    known = Known()
    if not lines:
        return known
    at = {"project": project.pk}
    ids = sorted({line.record.external_id for line in lines})
    for external_id, pk, digest, gold in query(PAIRS, at | {"ids": ids}):
        known.pairs[external_id] = KnownPair(bytes(digest), gold is not None, pk, verdict=gold)
    known.prompt_sets = {external_id: bytes(digest) for external_id, digest in query(PROMPT_SETS, at | {"ids": ids})}
    judged = [
        record for record in (line.record for line in lines) if isinstance(record, PairRecord) and record.judgements
    ]
    revised = {record.external_id for record in judged if has_revisions(record)}
    stored = {
        record.external_id: known.pairs[record.external_id] for record in judged if record.external_id in known.pairs
    }
    look_up_judgements(
        project, stored.values(), revised=[pair for external_id, pair in stored.items() if external_id in revised]
    )

    new_ids = set(ids) - known.pairs.keys() - known.prompt_sets.keys()
    known.similar_ids = _similar_ids(project, new_ids)

    new = [line for line in lines if line.record.external_id not in known.pairs]
    describing = [line for line in lines if line.record.language or line.record.tags or line.record.author]
    hashes = sorted({line.prompt for line in (*new, *describing)})
    for digest, pk, language, tags, author in query(PROMPTS, at | {"hashes": hashes}):
        known.prompts[bytes(digest)] = pk
        known.described[bytes(digest)] = language, tuple(tags), author
    keys = sorted({key for line in new for key in line.responses if key[0] in known.prompts})
    if keys:
        known.responses = _responses(project, known, keys)
        known.paired = _paired(project, known, lines)
    return known


def _similar_ids(project: Project, new: set[str]) -> set[str]:
    at = {"project": project.pk}
    any_hash = bool(new) and query(ANY_FOLDED_HASH, at)[0][0]
    # Where every new id equals its folded form, and so does every stored one, there is nothing to look for.
    asked = sorted(one for one in new if any_hash or folded(one) != one)
    if not asked:
        return set()
    forms = [folded(one) for one in asked]
    found = query(SIMILAR_IDS, at | {"ids": asked, "folded": forms, "hashes": [hash_of_folded(one) for one in forms]})
    return {one for (one,) in found}


def _responses(project: Project, known: Known, keys: list[ResponseKey]) -> dict[ResponseKey, int]:
    hash_of = {pk: digest for digest, pk in known.prompts.items()}
    at: dict[str, Any] = {"project": project.pk, "prompts": [known.prompts[key[0]] for key in keys]}
    for n, column in enumerate(("models", "hashes", "copies"), 1):
        at[column] = [key[n] for key in keys]
    return {
        (hash_of[prompt], model, bytes(digest), copy): pk for prompt, model, digest, copy, pk in query(RESPONSES, at)
    }


def _paired(project: Project, known: Known, lines: Sequence[IdentifiedLine]) -> set[frozenset[ResponseKey]]:
    key_of = {pk: key for key, pk in known.responses.items()}
    wanted: list[tuple[int, int]] = []
    for line in lines:
        if isinstance(line.record, PairRecord):
            first, second = (known.responses.get(key) for key in line.responses)
            if first and second:
                wanted.append((first, second))
    return {frozenset(key_of[pk] for pk in two) for two in bulk.existing_pairs(project, wanted)}
