"""Pairing runs: the responses of imported prompts meet, by a scheme that is told before it is done.

A run draws from every prompt that came on a prompt line, and from all responses the prompt has, in the order in which
they came. Of a pair FIRST is the response that came first (``all``), the drawn one (``random``), or the other model
(``baseline``: the baseline is always SECOND, so "first wins" reads as "better than the baseline"). Two responses that
are a pair already are left as they are, so a run may be repeated, and goes on after it was killed by beginning again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any, Final, cast, get_args

import numpy as np
from django.db import transaction
from django.utils import timezone

from annotation.formats.records import Content, Message, PairLine, ResponseRecord
from annotation.models import Job, Pair, Project, Prompt, PromptSet, Response, Slot, User
from annotation.sampling.pairing import Scheme, against_baseline, all_pairs, random_pairs
from annotation.services import jobs, projects
from annotation.services.access.audit import record
from annotation.services.intake import bulk
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind

PROMPTS_AT_ONCE: Final = 500
PAIRS_AT_ONCE: Final = 1_000
MOST_SEED: Final = 2**53


class BadScheme(Exception):
    """The scheme is none that there is, or lacks what it needs; the sentence says what."""


class UnknownBaseline(Exception):
    """No prompt that could be paired has a response of that model."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do: over how many prompts, with how many pairs made, left as they are, and slots opened."""

    prompts: int
    pairs_new: int
    pairs_existing: int
    slots: int


@dataclass(frozen=True, slots=True)
class _Answered:
    """A prompt with its responses' ids and source models, in the order in which they came."""

    prompt: int
    digest: bytes
    responses: Sequence[int]
    models: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    prompt: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class PairingParameters(jobs.Parameters):
    """A run's scheme with what it needs, its seed, and the batch of the pairs that it makes."""

    scheme: Scheme
    k: int
    baseline: str
    seed: int
    batch: int = 0

    def wanted(self, prompts: Iterable[_Answered]) -> Iterator[_Wanted]:
        for prompt in prompts:
            for first, second in self._positions(prompt).tolist():
                yield _Wanted(prompt.prompt, prompt.responses[first], prompt.responses[second])

    def _positions(self, prompt: _Answered) -> Any:
        if self.scheme == "all":
            return all_pairs(len(prompt.responses))
        if self.scheme == "baseline":
            return against_baseline(prompt.models, self.baseline)
        # By the prompt's content, so that the same seed draws the same pairs wherever and whenever it is run.
        rng = np.random.default_rng([self.seed, int.from_bytes(prompt.digest[:8], "big")])
        return random_pairs(len(prompt.responses), self.k, rng)


def plan(*, project: Project, scheme: Scheme, k: int | None = None, baseline: str | None = None, seed: int = 0) -> Plan:
    """Say what a run would do, without doing it.

    Raises
    ------
    BadScheme, UnknownBaseline
        As for :func:`start`.
    """
    run = _checked(project, scheme, k, baseline, seed)
    prompts = new = existing = 0
    for answered in _batches(_prompts(project), PROMPTS_AT_ONCE):
        prompts += len(answered)
        for wanted in _batches(run.wanted(answered), PAIRS_AT_ONCE):
            there = bulk.existing_pairs(project, ((pair.first, pair.second) for pair in wanted))
            existing += len(there)
            new += len(wanted) - len(there)
    return Plan(prompts, new, existing, new * project.slots_per_pair)


def start(
    *,
    project: Project,
    scheme: Scheme,
    k: int | None = None,
    baseline: str | None = None,
    seed: int | None = None,
    by: User | None = None,
) -> Job:
    """Ask for a pairing run; the door sends word to the workers. Without a seed one is drawn; the job keeps it.

    Raises
    ------
    BadScheme
        There is no such scheme, ``random`` lacks a ``k`` of at least 1, or ``baseline`` lacks its model.
    UnknownBaseline
        No prompt that could be paired has a response of that model.
    """
    seed = random.SystemRandom().randrange(MOST_SEED) if seed is None else seed
    run = _checked(project, scheme, k, baseline, seed)
    with transaction.atomic():
        run = replace(run, batch=projects.next_batch(project=project))
        job = jobs.ask(project=project, kind=JobKind.PAIRING, by=by, parameters=run)
        record(project=project, actor=by, action="pairing.start", subject=run.scheme, detail=job.parameters)
    return job


@jobs.performs(JobKind.PAIRING, PairingParameters)
def perform(job: Job) -> dict[str, Any]:
    """Make the pairs of a run that are not there yet; what it came to.

    Raises
    ------
    jobs.Lost
        Another worker goes on with it.
    """
    project, run = job.project, PairingParameters.of(job)
    prompts = wanted = 0
    with heartbeat.alive(job):
        jobs.record_progress(
            job, done=0, total=PromptSet.objects.filter(project=project).values("prompt").distinct().count()
        )
        for answered in _batches(_prompts(project), PROMPTS_AT_ONCE):
            for some in _batches(run.wanted(answered), PAIRS_AT_ONCE):
                _store(job, some, run.batch)
                wanted += len(some)
            prompts += len(answered)
            jobs.record_progress(job, done=prompts)
    # Counted, and not added up on the way, so that a run that was killed and begun again says the same.
    made = Pair.objects.filter(project=project, origin=Pair.Origin.PAIRING, batch=run.batch)
    pairs = made.count()
    slots = Slot.objects.filter(project=project, pair__in=made.values("pk")).count()
    return {
        "prompts": prompts,
        "pairs_new": pairs,
        "pairs_existing": wanted - pairs,
        "slots": slots,
        "scheme": run.scheme,
        "seed": run.seed,
    }


def _checked(project: Project, scheme: str, k: int | None, baseline: str | None, seed: int) -> PairingParameters:
    if scheme not in get_args(Scheme):
        raise BadScheme(f"The scheme is one of {', '.join(get_args(Scheme))}.")
    if scheme == "random" and (k is None or k < 1):
        raise BadScheme("The scheme random needs k, how many pairs a prompt, of at least 1.")
    if not 0 <= seed <= MOST_SEED:
        raise BadScheme("The seed is a whole number from 0 to 2 to the power of 53.")
    if scheme == "baseline":
        if not baseline:
            raise BadScheme("The scheme baseline needs the model that all others are measured by.")
        if not Response.objects.filter(project=project, prompt__sets__project=project, source_model=baseline).exists():
            raise UnknownBaseline
    return PairingParameters(
        cast(Scheme, scheme), (k or 0) if scheme == "random" else 0, (baseline or "") * (scheme == "baseline"), seed
    )


def _prompts(project: Project) -> Iterator[_Answered]:
    """Every prompt that came on a prompt line, with all its responses, in the order in which they came."""
    after = 0
    sets = PromptSet.objects.filter(project=project)
    while True:
        ids = sets.filter(prompt__gt=after).order_by("prompt").values_list("prompt", flat=True).distinct()
        some = list(ids[:PROMPTS_AT_ONCE])
        if not some:
            return
        after = some[-1]
        answers = Response.objects.filter(prompt__in=some).order_by("prompt", "id")
        rows = answers.values_list("prompt", "prompt__content_hash", "id", "source_model")
        for (prompt, digest), found in groupby(rows, key=lambda row: row[:2]):
            responses, models = zip(*(row[2:] for row in found), strict=True)
            yield _Answered(prompt, bytes(digest), responses, models)


@transaction.atomic
def _store(job: Job, wanted: Sequence[_Wanted], batch: int) -> None:
    """Make those of these pairs that are not there; nothing at all if the claim is not ours any more."""
    project = job.project
    slots = bulk.hold(project)
    there = bulk.existing_pairs(project, ((pair.first, pair.second) for pair in wanted))
    new = [pair for pair in wanted if frozenset((pair.first, pair.second)) not in there]
    prompts = Prompt.objects.in_bulk({pair.prompt for pair in new})
    responses = Response.objects.in_bulk({one for pair in new for one in (pair.first, pair.second)})
    taken = bulk.ids_taken(project, [_external_id(pair) for pair in new])
    made = []
    for pair, pk in zip(new, bulk.new_ids(Pair, len(new)), strict=True):
        external_id = _external_id(pair)
        line = _line(external_id, prompts[pair.prompt], responses[pair.first], responses[pair.second])
        digest = line.content_hash
        if external_id in taken:  # a line of that id came with an export of another project
            external_id = f"{external_id}-{digest.hex()[:12]}"
        sides = [bulk.NewSlot(left) for left in bulk.sides(pk, slots)]
        made.append(bulk.NewPair(pk, external_id, pair.prompt, pair.first, pair.second, digest, slots=sides))
    if made:
        rng = random.Random(f"{batch}/{made[0].id}")  # noqa: S311 - mixes a queue and guards nothing
        bulk.make_pairs(
            project=project, pairs=made, origin=Pair.Origin.PAIRING, batch=batch, now=timezone.now(), rng=rng
        )
    jobs.record_progress(job)


def _external_id(pair: _Wanted) -> str:
    return f"pair-{pair.first}-{pair.second}"


def _line(external_id: str, prompt: Prompt, first: Response, second: Response) -> PairLine:
    """The pair as the native line that would have brought it, for its content's hash: an export comes back unchanged."""
    one, two = (ResponseRecord(response.source_model, _content(response.content)) for response in (first, second))
    return PairLine(0, external_id, _content(prompt.content), one, two)


def _content(stored: Any) -> Content:
    return stored if isinstance(stored, str) else tuple(Message(m["role"], m["content"]) for m in stored)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
