"""Lines into rows, a chunk at a time.

A line is atomic, and nothing that is stored is ever overwritten: each line is accepted whole, has nothing new, or is
quarantined. A chunk is looked up with few queries, decided here line by line in the order of the file, and stored
with few statements; the caller's transaction and the project's row lock hold it together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from psycopg.types.json import Jsonb

from annotation.formats.features import Features, features
from annotation.formats.id_folding import folded, folded_hash
from annotation.formats.records import BlankLine, Content, PairRecord, Problem, Record, plain
from annotation.models import Import, ImportLine, Member, Pair, Prompt, PromptSet, Response
from annotation.services.intake import bulk
from annotation.services.intake.identities import IdentifiedItem, IdentifiedLine, ResponseKey
from annotation.services.intake.judgements import KnownPair, slots_for, store
from annotation.services.intake.known import look_up
from annotation.services.locks import lock_member
from annotation.services.members import authors, membership
from annotation.vocabulary import Verdict
from common.refusals import Refused, excerpt

AHEAD: Final = timedelta(hours=1)
"""How far ahead of the server's clock the time of a judgement may be: clocks differ."""

_QuarantinedRow: TypeAlias = tuple[int, str, Jsonb, str, bytes]


@dataclass(slots=True)
class Tally:
    """What became of a chunk's lines, and what was stored of them."""

    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    blank: int = 0
    pairs: int = 0
    judgements: int = 0
    prompts: int = 0
    warned: dict[str, list[int]] = field(default_factory=dict)
    """The lines that carry each warning, in order."""


class Intake:
    """Stores the lines of one import. Remembers members, but no lines, from one chunk to the next.

    ``raw_line`` gives the bytes of a line that is quarantined after it was read well.
    """

    def __init__(
        self, run: Import, *, raw_line: Callable[[IdentifiedLine], bytes], now: Callable[[], datetime]
    ) -> None:
        self.run = run
        self.project = run.project
        self.raw_line = raw_line
        self.now = now
        self.members: dict[str, Member] = {}
        self.authors: dict[str, Member] = {}

    def store(self, items: Sequence[IdentifiedItem]) -> Tally:
        """Store each line, in the caller's transaction. Raises nothing for the content of a line."""
        slots = bulk.hold(self.project)
        chunk = _Chunk(self, [item for item in items if isinstance(item, IdentifiedLine)], slots)
        tally = Tally(blank=sum(isinstance(item, BlankLine) for item in items))
        quarantined = [_problem_row(item) for item in items if isinstance(item, Problem)]
        for line in chunk.lines:
            try:
                new = chunk.add(line)
            except Refused as refused:
                quarantined.append(
                    (line.line, refused.code, Jsonb(refused.arguments), refused.path, self.raw_line(line))
                )
                continue
            tally.accepted += new
            tally.unchanged += not new
            for code in line.warnings:
                chunk.warn(code, line)
        tally.warned = chunk.warned
        tally.quarantined = len(quarantined)
        tally.pairs, tally.judgements, tally.prompts = chunk.write()
        self._quarantine(quarantined)
        return tally

    def _quarantine(self, rows: list[_QuarantinedRow]) -> None:
        if rows:
            columns = ("project_id", "run_id", "line", "code", "arguments", "path", "raw")
            bulk.copy_in(ImportLine, columns, ((self.project.pk, self.run.pk, *row) for row in rows))

    def known_members(self, names: set[str]) -> list[Member]:
        """Return the members of the project among these names."""
        unseen = names - self.members.keys()
        if unseen:
            found = Member.objects.filter(project=self.project, name__in=unseen)
            self.members |= {member.name: member for member in found}
        return [self.members[name] for name in names & self.members.keys()]

    def add_members(self, names: set[str]) -> None:
        """Make members of the annotators of accepted judgements."""
        unseen = names - self.members.keys()
        if unseen:
            self.members |= membership.imported(project=self.project, names=unseen)


class _Chunk:
    """The lines of one transaction, what is stored of them, and the rows to write."""

    def __init__(self, intake: Intake, lines: Sequence[IdentifiedLine], slots_wanted: int) -> None:
        self.intake = intake
        self.project = intake.project
        self.lines = lines
        self.slots_wanted = slots_wanted
        self.now = intake.now()
        seed = f"{intake.run.batch}/{intake.run.pk}/{lines[0].line if lines else 0}"
        self.rng = random.Random(seed)  # noqa: S311 - mixes a queue and guards nothing
        self.warned: dict[str, list[int]] = {}
        self.id_by_folded: dict[str, str] = {}
        self.new_prompts: dict[bytes, Record] = {}
        self.new_responses: dict[ResponseKey, tuple[str, Content]] = {}
        self.new_prompt_sets: list[IdentifiedLine] = []
        self._lock_members()
        self.known = look_up(self.project, lines)

    def _lock_members(self) -> None:
        """Lock members with an account, who may be judging: their requests wait until the chunk is stored."""
        annotators = {
            judgement.annotator
            for line in self.lines
            if isinstance(line.record, PairRecord)
            for judgement in line.record.judgements
        }
        for member in sorted(self.intake.known_members(annotators), key=lambda m: m.pk):
            if member.user_id is not None:
                lock_member(member)

    # What becomes of each line

    def warn(self, code: str, line: IdentifiedLine) -> None:
        """Note a warning of a line that is stored."""
        self.warned.setdefault(code, []).append(line.line)

    def add(self, line: IdentifiedLine) -> bool:
        """Add a line, and return whether it has anything new. Raises ``Refused`` where it contradicts what is stored."""
        record = line.record
        if isinstance(record, PairRecord):
            self._refuse_future(record)
        new = self._add_pair(line, record) if isinstance(record, PairRecord) else self._add_prompt(line)
        description = record.language, record.tags, record.author
        first = self.known.described.setdefault(line.prompt, description)
        if any(one and one != other for one, other in zip(description, first, strict=True)):
            self.warn("prompt_differs", line)
        return new

    def _refuse_future(self, record: PairRecord) -> None:
        """Refuse a judgement of a time to come: it would count as the last one for ever, and be shown as of no age."""
        latest = self.now + AHEAD
        for i, judged in enumerate(record.judgements):
            if judged.at is not None and judged.at > latest:
                value = judged.at.isoformat().replace("+00:00", "Z")
                raise Refused("bad_value", f"$.judgements[{i}].at", reason="in_future", value=excerpt(value))

    def _add_prompt(self, line: IdentifiedLine) -> bool:
        external_id = line.record.external_id
        stored = self.known.prompt_sets.get(external_id)
        if external_id in self.known.pairs or stored not in (None, line.content):
            raise _id_conflict(external_id)
        if stored is not None:
            return False
        self.known.prompt_sets[external_id] = line.content
        self.new_prompt_sets.append(line)
        self._add_contents(line)
        return True

    def _add_pair(self, line: IdentifiedLine, record: PairRecord) -> bool:
        pair = self.known.pairs.get(record.external_id)
        if record.external_id in self.known.prompt_sets or (pair is not None and not _same(pair, line, record)):
            raise _id_conflict(record.external_id)
        new = pair is None
        if pair is None:
            if frozenset(line.responses) in self.known.paired:
                raise Refused("pair_exists", "$", id=excerpt(record.external_id))
            pair = KnownPair(line.content, record.gold is not None, made_by=line)
        added = pair.add(record)
        if added.differs:
            self.warn("judgement_differs", line)
        if added.revised:
            self.warn("judgement_revised", line)
        if new:
            self.known.pairs[record.external_id] = pair
            self.known.paired.add(frozenset(line.responses))
            self._add_contents(line)
        return new or added.new

    def _add_contents(self, line: IdentifiedLine) -> None:
        """Note the prompt and the responses of an accepted line that are not stored yet, in the line's order."""
        external_id = line.record.external_id
        first = self.id_by_folded.setdefault(folded(external_id), external_id)
        if external_id in self.known.similar_ids or first != external_id:
            self.warn("similar_id", line)
        if line.prompt not in self.known.prompts:
            self.new_prompts.setdefault(line.prompt, line.record)
        for key, response in zip(line.responses, line.record.responses, strict=True):
            if key not in self.known.responses:
                self.new_responses.setdefault(key, (response.model, response.content))

    # Everything that is new, in few statements

    def write(self) -> tuple[int, int, int]:
        """Store what is new; how many pairs, judgements and prompt lines that is."""
        pairs = list(self.known.pairs.values())
        self.intake.add_members({judged.name for pair in pairs for judged in pair.judged})
        self._write_prompts()
        self._write_responses()
        self._write_prompt_sets()
        made = self._write_pairs()
        judgements = store(
            project=self.project,
            batch=self.intake.run.batch,
            pairs=pairs,
            made=made,
            members=self.intake.members,
            now=self.now,
            rng=self.rng,
        )
        return len(made), judgements, len(self.new_prompt_sets)

    def _write_prompts(self) -> None:
        names = {record.author for record in self.new_prompts.values() if record.author} - self.intake.authors.keys()
        if names:
            self.intake.authors |= authors.known(project=self.project, names=names)
        self.known.prompts |= dict(zip(self.new_prompts, bulk.new_ids(Prompt, len(self.new_prompts)), strict=True))
        columns = ("project_id", "id", "content", "content_hash", "language", "tags", "author_name", "author_id")
        if self.new_prompts:
            bulk.copy_in(Prompt, (*columns, "created_at"), (self._prompt_row(*new) for new in self.new_prompts.items()))

    def _prompt_row(self, digest: bytes, record: Record) -> tuple[Any, ...]:
        author = self.intake.authors.get(record.author)
        return (
            *(self.project.pk, self.known.prompts[digest], Jsonb(plain(record.prompt)), digest),
            *(record.language, list(record.tags), record.author, author.pk if author else None, self.now),
        )

    def _write_responses(self) -> None:
        ids = bulk.new_ids(Response, len(self.new_responses))
        self.known.responses |= dict(zip(self.new_responses, ids, strict=True))
        if self.new_responses:
            bulk.copy_in(
                Response,
                ("project_id", "id", "prompt_id", "source_model", "content", "content_hash", "copy", *Features._fields),
                (
                    (
                        *(self.project.pk, self.known.responses[key], self.known.prompts[key[0]], model),
                        *(Jsonb(plain(content)), key[2], key[3], *features(content)),
                    )
                    for key, (model, content) in self.new_responses.items()
                ),
            )

    def _write_prompt_sets(self) -> None:
        if self.new_prompt_sets:
            bulk.copy_in(
                PromptSet,
                ("project_id", "external_id", "prompt_id", "content_hash", "folded_hash"),
                (
                    (
                        *(self.project.pk, line.record.external_id, self.known.prompts[line.prompt]),
                        *(line.content, folded_hash(line.record.external_id)),
                    )
                    for line in self.new_prompt_sets
                ),
            )

    def _write_pairs(self) -> dict[int, bulk.NewPair]:
        """The new pairs by id. One without judgements wants the project's number of them, others what they came with."""
        new = [(pair, pair.made_by) for pair in self.known.pairs.values() if pair.made_by is not None]
        made: dict[int, bulk.NewPair] = {}
        for (pair, line), pk in zip(new, bulk.new_ids(Pair, len(new)), strict=True):
            record = line.record
            assert isinstance(record, PairRecord)
            pair.id = pk
            first, second = (self.known.responses[key] for key in line.responses)
            gold = None if record.gold is None else record.gold.value
            prompt = self.known.prompts[line.prompt]
            made[pk] = bulk.NewPair(pk, record.external_id, prompt, first, second, pair.content_hash, gold)
            if not pair.gold:
                wanted = 0 if record.judgements else self.slots_wanted
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


def _problem_row(problem: Problem) -> _QuarantinedRow:
    return problem.line, problem.code, Jsonb(problem.arguments), problem.path, problem.raw


def _same(pair: KnownPair, line: IdentifiedLine, record: PairRecord) -> bool:
    """Whether a line is the one that made a pair, or says what a manager has made of its gold since."""
    if pair.content_hash == line.content:
        return True
    if pair.made_by is not None or pair.verdict != record.gold:
        return False
    return any(replace(record, gold=before).content_hash == pair.content_hash for before in (None, *Verdict))


def _id_conflict(external_id: str) -> Refused:
    return Refused("id_conflict", "$.id", id=excerpt(external_id))
