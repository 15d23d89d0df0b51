"""Pairing runs: make pairs of the responses of imported prompts, by a scheme whose result can be previewed.

A run draws from every prompt of a prompt line, and from all responses the prompt has, in the order in which they came.
Of a pair FIRST is the response that came first (``all``), the drawn one (``random``), or the other model (``baseline``:
the baseline is always SECOND, so "first wins" means "better than the baseline"). Two responses that are a pair already
are left as they are, so a run may be repeated, and a run that was killed starts again from the beginning.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any, Final

import numpy as np
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.formats.records import PairRecord, ResponseRecord, content_of
from annotation.models import Job, Pair, Project, Prompt, PromptSet, Response, Slot, User
from annotation.sampling.pairing import against_baseline, all_pairs, random_pairs
from annotation.services import jobs, projects
from annotation.services.access.audit import record
from annotation.services.intake import bulk
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind, PairingScheme

PROMPTS_AT_ONCE: Final = 500
PAIRS_AT_ONCE: Final = 1_000
MOST_SEED: Final = 2**53


class BadPairing(Exception):
    """There is no such scheme, or it lacks what it needs.

    ``reason`` is ``unknown``, ``no_k``, ``no_seed`` or ``no_baseline``; see ``annotation.pages.pairing``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownBaseline(Exception):
    """No prompt that could be paired has a response of that model."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do: how many prompts it reads, pairs it makes and leaves as they are, and slots it opens."""

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

    scheme: PairingScheme
    k: int
    baseline: str
    seed: int
    batch: int = 0

    def wanted(self, prompts: Iterable[_Answered]) -> Iterator[_Wanted]:
        for prompt in prompts:
            for first, second in self._positions(prompt).tolist():
                yield _Wanted(prompt.prompt, prompt.responses[first], prompt.responses[second])

    def _positions(self, prompt: _Answered) -> Any:
        if self.scheme == PairingScheme.ALL:
            return all_pairs(len(prompt.responses))
        if self.scheme == PairingScheme.BASELINE:
            return against_baseline(prompt.models, self.baseline)
        # By the prompt's content, so that the same seed draws the same pairs wherever and whenever it is run.
        rng = np.random.default_rng([self.seed, int.from_bytes(prompt.digest[:8], "big")])
        return random_pairs(len(prompt.responses), self.k, rng)


def plan(*, project: Project, scheme: str, k: int | None = None, baseline: str | None = None, seed: int = 0) -> Plan:
    """Return what a run would do, and change nothing.

    Raises
    ------
    BadPairing, UnknownBaseline
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
    return Plan(prompts, new, existing, new * project.slots_of_a_new_pair)


def start(
    *,
    project: Project,
    scheme: str,
    k: int | None = None,
    baseline: str | None = None,
    seed: int | None = None,
    by: User | None = None,
) -> Job:
    """Ask for a pairing run; the caller notifies the workers. Without a seed one is drawn; the job keeps it.

    Raises
    ------
    BadPairing
        There is no such scheme, ``random`` lacks a ``k`` of at least 1, or ``baseline`` lacks its model.
    UnknownBaseline
        No prompt that could be paired has a response of that model.
    """
    seed = random.SystemRandom().randrange(MOST_SEED) if seed is None else seed
    run = _checked(project, scheme, k, baseline, seed)
    with transaction.atomic():
        run = replace(run, batch=projects.next_batch(project=project))
        job = jobs.ask(project=project, kind=JobKind.PAIRING, by=by, parameters=run)
        record(project=project, actor=by, action="pairing.start", subject=run.scheme.value, detail=job.parameters)
    return job


@jobs.performs(JobKind.PAIRING, PairingParameters)
def perform(job: Job) -> dict[str, Any]:
    """Make the pairs of a run that do not exist yet; return what it came to.

    Raises
    ------
    jobs.Lost
        Another worker has claimed it.
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
    # Counted, and not added up on the way, so that a run that was killed and started again returns the same.
    made = Pair.objects.filter(project=project, origin=Pair.Origin.PAIRING, batch=run.batch)
    of_pair = Slot.objects.filter(project_id=OuterRef("project_id"), pair_id=OuterRef("pk")).values("pair_id")
    wanting = made.annotate(wanted=Subquery(of_pair.annotate(n=Count("pk")).values("n")))
    count = wanting.aggregate(pairs=Count("pk"), slots=Coalesce(Sum("wanted"), 0))
    return {
        "prompts": prompts,
        "pairs_new": count["pairs"],
        "pairs_existing": wanted - count["pairs"],
        "slots": count["slots"],
        "scheme": run.scheme,
        "seed": run.seed,
    }


def _checked(project: Project, scheme: str, k: int | None, baseline: str | None, seed: int) -> PairingParameters:
    if scheme not in set(PairingScheme):
        raise BadPairing("unknown")
    if scheme == PairingScheme.RANDOM and (k is None or k < 1):
        raise BadPairing("no_k")
    if not 0 <= seed <= MOST_SEED:
        raise BadPairing("no_seed")
    if scheme == PairingScheme.BASELINE:
        if not baseline:
            raise BadPairing("no_baseline")
        if not Response.objects.filter(project=project, prompt__sets__project=project, source_model=baseline).exists():
            raise UnknownBaseline
    return PairingParameters(
        PairingScheme(scheme),
        k=(k or 0) if scheme == PairingScheme.RANDOM else 0,
        baseline=(baseline or "") if scheme == PairingScheme.BASELINE else "",
        seed=seed,
    )


def _prompts(project: Project) -> Iterator[_Answered]:
    """Every prompt of a prompt line with all its responses, in the order in which they came."""
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
    """Make those of these pairs that do not exist; none if the claim is not ours any more."""
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
        digest = _record(external_id, prompts[pair.prompt], responses[pair.first], responses[pair.second]).content_hash
        if external_id in taken:  # a line of that id was exported from another project
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


def _record(external_id: str, prompt: Prompt, first: Response, second: Response) -> PairRecord:
    """The pair as it will be exported, for its content's hash: imported again, it is unchanged."""
    one, two = (ResponseRecord(response.source_model, content_of(response.content)) for response in (first, second))
    return PairRecord(external_id, content_of(prompt.content), one, two)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
