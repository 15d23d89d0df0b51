"""Lines into rows, a chunk at a time.

A line is atomic, and nothing that is stored is ever overwritten: each line is taken whole, says nothing new, or is
quarantined. A chunk is looked up with few queries, decided here line by line in the order of the file, and stored
with few statements; the caller's transaction and the project's row lock hold it together.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from psycopg.types.json import Jsonb

from annotation.formats.id_folding import folded, mark, mark_of
from annotation.formats.records import (
    BlankLine,
    Content,
    Item,
    PairLine,
    Problem,
    PromptLine,
    ResponseRecord,
    content_hash,
    plain,
)
from annotation.models import Import, ImportLine, Member, Pair, Prompt, PromptSet, Response
from annotation.services.intake import bulk
from annotation.services.intake.judgements import Conflict, KnownPair, look_up_said, slots_for, store
from annotation.services.locks import lock_member
from annotation.services.members import authors, membership
from common.refusals import excerpt

Line: TypeAlias = PairLine | PromptLine
Key: TypeAlias = tuple[bytes, str, bytes, int]
"""A response's identity before it has an id: prompt hash, model, content hash, copy."""
Described: TypeAlias = tuple[str, tuple[str, ...], str]
"""What is told of a prompt beside its content: language, tags, author."""

# Why OFFSET 0 and (SELECT project): see bulk.
PROMPTS = """
SELECT w.hash, p.id, p.language, p.tags, p.author_name FROM unnest(%(hashes)s::bytea[]) AS w(hash)
CROSS JOIN LATERAL (
  SELECT id, language, tags, author_name FROM annotation_prompt
  WHERE project_id = (SELECT %(project)s::bigint) AND content_hash = w.hash OFFSET 0) p
"""

RESPONSES = """
SELECT w.prompt, w.model, w.hash, w.copy, r.id
FROM unnest(%(prompts)s::bigint[], %(models)s::text[], %(hashes)s::bytea[], %(copies)s::int[])
  AS w(prompt, model, hash, copy)
CROSS JOIN LATERAL (
  SELECT id FROM annotation_response WHERE project_id = (SELECT %(project)s::bigint) AND prompt_id = w.prompt
  AND source_model = w.model AND content_hash = w.hash AND copy = w.copy OFFSET 0) r
"""

PAIRS = """
SELECT w.external, p.id, p.content_hash, p.gold_verdict FROM unnest(%(ids)s::text[]) AS w(external)
CROSS JOIN LATERAL (
  SELECT id, content_hash, gold_verdict FROM annotation_pair
  WHERE project_id = (SELECT %(project)s::bigint) AND external_id = w.external OFFSET 0) p
"""

SETS = """
SELECT w.external, s.content_hash FROM unnest(%(ids)s::text[]) AS w(external)
CROSS JOIN LATERAL (
  SELECT content_hash FROM annotation_promptset
  WHERE project_id = (SELECT %(project)s::bigint) AND external_id = w.external OFFSET 0) s
"""

# ORDER BY holds the planner to the partial index, which is empty in most projects; EXISTS would drop it.
MARKED = """
SELECT coalesce(
  (SELECT true FROM annotation_pair
   WHERE project_id = (SELECT %(project)s::bigint) AND alike IS NOT NULL ORDER BY alike LIMIT 1),
  (SELECT true FROM annotation_promptset
   WHERE project_id = (SELECT %(project)s::bigint) AND alike IS NOT NULL ORDER BY alike LIMIT 1),
  false)
"""

ALIKE = """
SELECT w.external FROM unnest(%(ids)s::text[], %(reads)s::text[], %(marks)s::bigint[]) AS w(external, reads, mark)
WHERE EXISTS (
    SELECT FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint)
    AND p.external_id = w.reads AND w.reads <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_promptset s WHERE s.project_id = (SELECT %(project)s::bigint)
    AND s.external_id = w.reads AND w.reads <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_pair p WHERE p.project_id = (SELECT %(project)s::bigint)
    AND p.alike = w.mark AND p.external_id <> w.external OFFSET 0)
  OR EXISTS (
    SELECT FROM annotation_promptset s WHERE s.project_id = (SELECT %(project)s::bigint)
    AND s.alike = w.mark AND s.external_id <> w.external OFFSET 0)
"""


class Quarantined(Exception):
    """The line contradicts what is stored; it is put aside whole."""

    def __init__(self, code: str, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Identity:
    """What a line is known by: its prompt's hash, its responses in its order, the hash of all its content."""

    prompt: bytes
    responses: tuple[Key, ...]
    content: bytes


def identities(items: Iterable[Item]) -> dict[int, Identity]:
    """Identities of the lines among these, by line number. Asks nobody, so it can be done ahead."""
    found = {}
    for item in items:
        if isinstance(item, PairLine | PromptLine):
            prompt = content_hash(item.prompt)
            found[item.line] = Identity(prompt, _response_keys(prompt, item), item.content_hash)
    return found


@dataclass(slots=True)
class Tally:
    """What a chunk came to."""

    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    blank: int = 0
    pairs: int = 0
    judgements: int = 0
    prompts: int = 0
    warnings: Counter[str] = field(default_factory=Counter)


class Intake:
    """Stores the lines of one import. Remembers members and no lines from one chunk to the next."""

    def __init__(self, run: Import, *, raw_line: Callable[[Line], bytes], now: Callable[[], datetime]) -> None:
        self.run = run
        self.project = run.project
        self.raw_line = raw_line
        self.now = now
        self.members: dict[str, Member] = {}
        self.authors: dict[str, Member] = {}

    def store(self, items: Sequence[Item], known_by: Mapping[int, Identity]) -> Tally:
        """Take each line, in one transaction of the caller's. Raises nothing for what a line says."""
        slots = bulk.hold(self.project)
        lines = [item for item in items if isinstance(item, PairLine | PromptLine)]
        chunk = _Chunk(self, lines, known_by, slots)
        tally = Tally(blank=sum(isinstance(item, BlankLine) for item in items))
        aside = [_quarantined_row(item) for item in items if isinstance(item, Problem)]
        for line in chunk.lines:
            try:
                new = chunk.take(line)
            except Quarantined as refused:
                aside.append((line.line, refused.code, refused.message, refused.path, self.raw_line(line)))
                continue
            tally.accepted += new
            tally.unchanged += not new
            tally.warnings.update(line.warnings)
        tally.warnings.update(chunk.warnings)
        tally.warnings["judgement_differs"] += sum(pair.differing for pair in chunk.pairs.values())
        tally.quarantined = len(aside)
        tally.pairs, tally.judgements, tally.prompts = chunk.write()
        self._put_aside(aside)
        return tally

    def _put_aside(self, aside: list[tuple[int, str, str, str, bytes]]) -> None:
        if aside:
            columns = ("project_id", "run_id", "line", "code", "message", "path", "raw")
            bulk.copy_in(ImportLine, columns, ((self.project.pk, self.run.pk, *row) for row in aside))

    def know(self, names: set[str]) -> list[Member]:
        """Who of these is in the project."""
        strange = names - self.members.keys()
        if strange:
            found = Member.objects.filter(project=self.project, name__in=strange)
            self.members |= {member.name: member for member in found}
        return [self.members[name] for name in names & self.members.keys()]

    def admit(self, names: set[str]) -> None:
        """Make members of those who came with judgements that are taken."""
        strange = names - self.members.keys()
        if strange:
            self.members |= membership.imported(project=self.project, names=strange)


class _Chunk:
    """The lines of one transaction, what the database knows of them, and what is to be written."""

    def __init__(self, intake: Intake, lines: Sequence[Line], known_by: Mapping[int, Identity], slots: int) -> None:
        self.intake = intake
        self.project = intake.project
        self.lines = lines
        self.slots_wanted = slots
        self.now = intake.now()
        seed = f"{intake.run.batch}/{intake.run.pk}/{lines[0].line if lines else 0}"
        self.rng = random.Random(seed)  # noqa: S311 - mixes a queue and guards nothing
        self.known_by = known_by
        self.warnings: Counter[str] = Counter()
        self.prompts: dict[bytes, int] = {}
        self.described: dict[bytes, Described] = {}
        self.alike: set[str] = set()
        self.spelled: dict[str, str] = {}
        self.responses: dict[Key, int] = {}
        self.pairs: dict[str, KnownPair] = {}
        self.sets: dict[str, bytes] = {}
        self.paired: set[frozenset[Key]] = set()
        self.new_prompts: dict[bytes, Line] = {}
        self.new_responses: dict[Key, tuple[str, Content]] = {}
        self.new_sets: list[PromptLine] = []
        self._look_up()

    # What is known already

    def _look_up(self) -> None:
        if not self.lines:
            return
        at = {"project": self.project.pk}
        judging = {said.annotator for line in self.lines if isinstance(line, PairLine) for said in line.judgements}
        for member in sorted(self.intake.know(judging), key=lambda m: m.pk):
            if member.user_id is not None:  # he may be at work: what he does waits until the chunk is stored
                lock_member(member)
        ids = sorted({line.external_id for line in self.lines})
        for external_id, pk, digest, gold in bulk.rows(PAIRS, at | {"ids": ids}):
            self.pairs[external_id] = KnownPair(bytes(digest), gold is not None, pk)
        self.sets = {external_id: bytes(digest) for external_id, digest in bulk.rows(SETS, at | {"ids": ids})}
        judged = {line.external_id for line in self.lines if isinstance(line, PairLine) and line.judgements}
        look_up_said(self.project, [pair for external_id, pair in self.pairs.items() if external_id in judged])

        self._look_up_alike()
        strange = [line for line in self.lines if line.external_id not in self.pairs]
        describing = [line for line in self.lines if line.language or line.tags or line.author]
        hashes = sorted({self.known_by[line.line].prompt for line in (*strange, *describing)})
        for digest, pk, language, tags, author in bulk.rows(PROMPTS, at | {"hashes": hashes}):
            self.prompts[bytes(digest)] = pk
            self.described[bytes(digest)] = language, tuple(tags), author
        keys = sorted({key for line in strange for key in self.known_by[line.line].responses if key[0] in self.prompts})
        if keys:
            self._look_up_responses(keys)

    def _look_up_alike(self) -> None:
        """Which new ids read like one that is stored, though they are written otherwise."""
        new = {line.external_id for line in self.lines} - self.pairs.keys() - self.sets.keys()
        at = {"project": self.project.pk}
        marked = bool(new) and bulk.rows(MARKED, at)[0][0]
        # Where every id is written as it reads, and so is every stored one, there is nothing to look for.
        asked = sorted(one for one in new if marked or folded(one) != one)
        if asked:
            reads = [folded(one) for one in asked]
            found = bulk.rows(ALIKE, at | {"ids": asked, "reads": reads, "marks": [mark_of(one) for one in reads]})
            self.alike = {one for (one,) in found}

    def _look_up_responses(self, keys: list[Key]) -> None:
        hash_of = {pk: digest for digest, pk in self.prompts.items()}
        at: dict[str, Any] = {"project": self.project.pk, "prompts": [self.prompts[key[0]] for key in keys]}
        for n, column in enumerate(("models", "hashes", "copies"), 1):
            at[column] = [key[n] for key in keys]
        for prompt, model, digest, copy, pk in bulk.rows(RESPONSES, at):
            self.responses[hash_of[prompt], model, bytes(digest), copy] = pk
        key_of = {pk: key for key, pk in self.responses.items()}
        twos: list[tuple[int, int]] = []
        for line in self.lines:
            found = [self.responses.get(key) for key in self.known_by[line.line].responses]
            if isinstance(line, PairLine) and found[0] and found[1]:
                twos.append((found[0], found[1]))
        for two in bulk.existing_pairs(self.project, twos):
            self.paired.add(frozenset(key_of[pk] for pk in two))

    # Each line's fate

    def take(self, line: Line) -> bool:
        """Whether the line brings something new. Raises ``Quarantined`` where it contradicts what is known."""
        new = self._take_pair(line) if isinstance(line, PairLine) else self._take_prompt(line)
        mine = line.language, line.tags, line.author
        theirs = self.described.setdefault(self.known_by[line.line].prompt, mine)
        self.warnings["prompt_differs"] += any(one and one != other for one, other in zip(mine, theirs, strict=True))
        return new

    def _take_prompt(self, line: PromptLine) -> bool:
        digest = self.known_by[line.line].content
        if line.external_id in self.pairs or self.sets.get(line.external_id, digest) != digest:
            raise _id_conflict(line)
        if line.external_id in self.sets:
            return False
        self.sets[line.external_id] = digest
        self.new_sets.append(line)
        self._want(line)
        return True

    def _take_pair(self, line: PairLine) -> bool:
        digest = self.known_by[line.line].content
        pair = self.pairs.get(line.external_id)
        if line.external_id in self.sets or (pair is not None and pair.content_hash != digest):
            raise _id_conflict(line)
        new = pair is None
        if pair is None:
            if frozenset(self.known_by[line.line].responses) in self.paired:
                message = f"The two responses of {excerpt(line.external_id)} are a pair already, under another id."
                raise Quarantined("pair_exists", message)
            pair = KnownPair(digest, line.gold is not None, made_by=line)
        try:
            heard = pair.hear(line)
        except Conflict as conflict:
            raise Quarantined("judgement_conflict", str(conflict), "$.judgements") from None
        if new:
            self.pairs[line.external_id] = pair
            self.paired.add(frozenset(self.known_by[line.line].responses))
            self._want(line)
        return new or heard

    def _want(self, line: Line) -> None:
        """The prompt and responses of a line that is taken: those that are not stored yet, in the line's order."""
        digest, reads = self.known_by[line.line].prompt, folded(line.external_id)
        before = self.spelled.setdefault(reads, line.external_id)
        self.warnings["similar_id"] += line.external_id in self.alike or before != line.external_id
        if digest not in self.prompts:
            self.new_prompts.setdefault(digest, line)
        for key, response in zip(self.known_by[line.line].responses, _responses(line), strict=True):
            if key not in self.responses:
                self.new_responses.setdefault(key, (response.model, response.content))

    # Everything that is new, in few statements

    def write(self) -> tuple[int, int, int]:
        """How many pairs, judgements and prompt lines were stored."""
        self.intake.admit({judged.name for pair in self.pairs.values() for judged in pair.judged})
        self._write_prompts()
        made = self._write_pairs()
        judgements = store(
            project=self.project,
            batch=self.intake.run.batch,
            pairs=list(self.pairs.values()),
            made=made,
            members=self.intake.members,
            now=self.now,
            rng=self.rng,
        )
        return len(made), judgements, len(self.new_sets)

    def _write_prompts(self) -> None:
        names = {line.author for line in self.new_prompts.values() if line.author} - self.intake.authors.keys()
        if names:
            self.intake.authors |= authors.known(project=self.project, names=names)
        self.prompts |= dict(zip(self.new_prompts, bulk.new_ids(Prompt, len(self.new_prompts)), strict=True))
        columns = ("project_id", "id", "content", "content_hash", "language", "tags", "author_name", "author_id")
        if self.new_prompts:
            bulk.copy_in(Prompt, (*columns, "created_at"), (self._prompt_row(*new) for new in self.new_prompts.items()))
        self.responses |= dict(zip(self.new_responses, bulk.new_ids(Response, len(self.new_responses)), strict=True))
        if self.new_responses:
            bulk.copy_in(
                Response,
                ("project_id", "id", "prompt_id", "source_model", "content", "content_hash", "copy"),
                (
                    (
                        *(self.project.pk, self.responses[key], self.prompts[key[0]], model),
                        *(Jsonb(plain(content)), key[2], key[3]),
                    )
                    for key, (model, content) in self.new_responses.items()
                ),
            )
        if self.new_sets:
            bulk.copy_in(
                PromptSet,
                ("project_id", "external_id", "prompt_id", "content_hash", "alike"),
                (
                    (
                        *(self.project.pk, line.external_id, self.prompts[self.known_by[line.line].prompt]),
                        *(self.known_by[line.line].content, mark(line.external_id)),
                    )
                    for line in self.new_sets
                ),
            )

    def _prompt_row(self, digest: bytes, line: Line) -> tuple[Any, ...]:
        author = self.intake.authors.get(line.author)
        return (
            *(self.project.pk, self.prompts[digest], Jsonb(plain(line.prompt)), digest),
            *(line.language, list(line.tags), line.author, author.pk if author else None, self.now),
        )

    def _write_pairs(self) -> dict[int, bulk.NewPair]:
        """The new pairs by id. One that came bare wants the project's number of judgements, others what they have."""
        new = [(pair, pair.made_by) for pair in self.pairs.values() if pair.made_by is not None]
        made: dict[int, bulk.NewPair] = {}
        for (pair, line), pk in zip(new, bulk.new_ids(Pair, len(new)), strict=True):
            pair.id = pk
            first, second = (self.responses[key] for key in self.known_by[line.line].responses)
            gold = None if line.gold is None else line.gold.value
            prompt = self.prompts[self.known_by[line.line].prompt]
            made[pk] = bulk.NewPair(pk, line.external_id, prompt, first, second, pair.content_hash, gold)
            if not pair.gold:
                wanted = 0 if line.judgements else self.slots_wanted
                made[pk].slots = slots_for(bulk.sides(pk, max(wanted, len(pair.judged))), pair.judged)
        if made:
            bulk.make_pairs(
                project=self.project,
                pairs=list(made.values()),
                origin=Pair.Origin.IMPORT,
                batch=self.intake.run.batch,
                now=self.now,
                rng=self.rng,
            )
        return made


def _responses(line: Line) -> tuple[ResponseRecord, ...]:
    return (line.first, line.second) if isinstance(line, PairLine) else line.responses


def _response_keys(prompt: bytes, line: Line) -> tuple[Key, ...]:
    """The responses' identities in the line's order; the same answer of the same model again is the next copy."""
    seen: Counter[tuple[str, bytes]] = Counter()
    keys = []
    for response in _responses(line):
        same = (response.model, content_hash(response.content))
        keys.append((prompt, *same, seen[same]))
        seen[same] += 1
    return tuple(keys)


def _quarantined_row(problem: Problem) -> tuple[int, str, str, str, bytes]:
    return problem.line, problem.code, problem.message, problem.path, problem.raw


def _id_conflict(line: Line) -> Quarantined:
    return Quarantined("id_conflict", f"The id {excerpt(line.external_id)} came before with other content.", "$.id")
