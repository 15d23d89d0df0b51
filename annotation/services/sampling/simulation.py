"""Let simulated annotators judge a project, through the services that hand pairs out to people and take their verdicts.

They ask for a pair, hold its lease (and renew it where they take long), submit with a key of their own, meet gold and probes at
the project's rates, and now and then leave a pair lying, whose lease lapses. Only the time is simulated. So what the product does
with judgements can be tried where the truth is known: ``annotation.selectors.simulated`` reads it.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from annotation.models import Assignment, Job, Member, Pair, Project, Slot, User
from annotation.sampling.presentation import shown_word
from annotation.sampling.simulated import HONEST, Annotator, Kind, Moment, Task
from annotation.selectors import simulated
from annotation.services import handout, jobs, judging, slots
from annotation.services.handout import Answer, Offer
from annotation.services.intake import bulk
from annotation.services.jobs import heartbeat
from annotation.services.members import membership
from annotation.services.sampling.simulated_time import Clock, simulated_clock
from annotation.vocabulary import AssignmentKind, JobKind, JobStage, ProjectState, Verdict
from common.db.rows import execute, query, query_value

DAYS: Final = 24
"""Days back over which the judgements are spread, unless there are too many for so few people."""
DAY: Final = 8 * 3600.0
"""Seconds of a working day, which ends at the time of day that it is now."""
REST: Final = 3600.0
"""Seconds before the end of a working day from which nobody begins another pair."""
BUSY: Final = 0.3
"""The share of the working days that people judge at most."""
TYPICAL_SECONDS: Final = 60.0
LEFT_LYING: Final = 0.004
"""How often a pair is left lying, until its lease lapses."""
AWAY: Final = 1800.0
"""Seconds for which who left a pair lying is away."""
LOOKS_AGAIN: Final = 301.0
"""Seconds after which who was told that nothing is left asks again: the queue lets a mark go back once in five minutes."""
LOOKS: Final = 3
"""How often they do so before they give up."""
RENEWED_AFTER: Final = 0.5
"""The share of a lease after which the page renews it."""
AT_ONCE: Final = 200
"""Pairs handed out in one transaction."""

RANDOM: Final = "SELECT setseed(%(seed)s)"

# What the page shows of it.
HANDED: Final = "SELECT pair_id, first_on_left, kind FROM annotation_assignment WHERE id = %(assignment)s"

# Keys are drawn at random as pairs are imported, and sides begin by the pair's primary key. Both are drawn again by seed and
# external id, so that the same seed hands out the same in any database. Sides keep alternating; a pair's slots get keys of
# their own, one right after the other, as which of several with one key comes first is up to the order on the disk. Rows are
# joined by primary keys alone, which no plan makes quadratic (decision 0009).
SHUFFLE: Final = """
UPDATE annotation_slot s SET
  key = floor(s.key) + ((d.drawn >> 12) & 4503599627370495) / 4503599627370497.0 + 1e-12 * d.turn,
  first_on_left = (d.drawn & 1) <> (d.turn & 1)
FROM (
  SELECT t.id, hashtextextended(p.external_id, %(seed)s) AS drawn,
    row_number() OVER (PARTITION BY t.pair_id ORDER BY t.id) AS turn
  FROM annotation_slot t JOIN annotation_pair p ON p.id = t.pair_id
  WHERE t.project_id = %(project)s) d
WHERE s.id = d.id
"""


class PeopleJudgeHere(Exception):
    """The project has people's judgements: simulated ones are never mixed with them."""


class NothingWaits(Exception):
    """No pair of the project wants a judgement."""


class NotOpen(Exception):
    """The project is not open, so that it hands nothing out."""


@dataclass(frozen=True, slots=True)
class SimulationParameters(jobs.Parameters):
    """Who judges, how often, by which truth, until when. ``strengths`` has every source model of the project."""

    annotators: dict[str, int]
    judgements: int
    strengths: dict[str, float]
    seed: int
    now: str


def simulate(
    *,
    project: Project,
    annotators: Mapping[Kind, int],
    judgements: int,
    strengths: Mapping[str, float],
    seed: int,
    now: datetime,
    by: User | None,
) -> Job:
    """Ask for so many judgements of the pairs that wait, at most, and of gold and probes at the project's rates.

    The project is marked as simulated permanently. ``strengths`` are the source models' true log-strengths; a model
    without one gets one from an even spread, by the rank of its name. The truth of a project is that of its first
    simulation: a later one takes over its seed for the truth, and its strengths. The same seed gives the same judgements
    of the same stored pairs.

    Raises
    ------
    PeopleJudgeHere
        A member with an account has judged in this project, or judgements were imported before it was simulated.
    NotOpen
        The project hands nothing out.
    NothingWaits
        There is nothing to judge. The project is left as it is.
    """
    refuse_people(project)
    if project.state != ProjectState.OPEN:
        raise NotOpen
    if not _waiting(project):
        raise NothingWaits
    if not project.simulated:
        project.simulated = True
        project.save(update_fields=["simulated"])
    known = simulated.strengths(project, given=strengths)
    parameters = SimulationParameters(
        {kind.value: count for kind, count in annotators.items()}, judgements, known, seed, now.isoformat()
    )
    return jobs.ask(project=project, kind=JobKind.SIMULATION, by=by, parameters=parameters)


def refuse_people(project: Project) -> None:
    """Refuse a project that people have judged in.

    Raises
    ------
    PeopleJudgeHere
        See :func:`simulate`.
    """
    judged = Assignment.objects.filter(project_id=project.pk, annotation__isnull=False)
    if (judged.filter(member__user__isnull=False) if project.simulated else judged).exists():
        raise PeopleJudgeHere


def _waiting(project: Project) -> int:
    """How many judgements are wanted. In the order of an index (decision 0009)."""
    return Slot.objects.filter(project_id=project.pk, route=0, open=True).order_by("project_id", "route", "key").count()


def _obtainable(project: Project) -> int:
    """How many judgements could be given at most: those that are wanted, probes on them, and gold among all, at the project's rates."""
    waiting = _waiting(project) * (1 + project.probe_rate)
    has_gold = Pair.objects.filter(project=project, gold_verdict__isnull=False).order_by("project_id").exists()
    return round(waiting / (1 - project.gold_rate) if has_gold else waiting)


@jobs.performs(JobKind.SIMULATION, SimulationParameters)
def perform(job: Job) -> dict[str, Any]:
    """Do the job. One that was killed goes on with what is left, though no longer as its seed alone would have it."""
    with heartbeat.alive(job):
        refuse_people(job.project)
        given = SimulationParameters.of(job)
        fresh = not Assignment.objects.filter(project_id=job.project_id).order_by("member_id", "-id").exists()
        with transaction.atomic():
            bulk.hold(job.project)
            people = _people(job.project, given)
            if fresh:
                execute(SHUFFLE, {"project": job.project_id, "seed": given.seed})
            query_value(RANDOM, {"seed": given.seed % 1000 / 1000})
        wanted = min(given.judgements - job.done, _obtainable(job.project))
        jobs.record_progress(job, total=job.done + wanted, stage=JobStage.JUDGING, annotators=len(people))
        project_truth = simulated.truth(job.project)
        with simulated_clock() as clock:
            work = _Work(job, people, project_truth, given, wanted, clock)
            work.do()
            return work.result()


def _people(project: Project, given: SimulationParameters) -> list[_Person]:
    kinds = [(Kind(kind), i) for kind, count in given.annotators.items() for i in range(count)]
    names = [f"{kind.value} {i + 1:02d}" for kind, i in kinds]
    members = membership.imported(project=project, names=names)
    skills = simulated.skills(project)
    people: list[_Person] = []
    for (kind, i), name in zip(kinds, names, strict=True):
        member = members[name]
        member.project = project
        annotator = Annotator(kind, name, seed=given.seed, skill=skills[i % len(skills)] if skills else "")
        people.append(_Person(member, annotator))
    # A copier works beside somebody who reads, and asks when they ask: then both often get the same pair.
    sources = [person for person in people if person.annotator.kind in HONEST]
    copiers = [person for person in people if person.annotator.kind is Kind.COPIER]
    for copier, source in zip(copiers, itertools.cycle(sources) if sources else (), strict=False):
        copier.source = source
        source.copiers.append(copier)
    return people


@dataclass(slots=True, eq=False)
class _Person:
    member: Member
    annotator: Annotator
    busy_until: float = -inf
    looked: int = 0  # how often in a row nothing was left
    source: _Person | None = None
    copiers: list[_Person] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)  # by pair, for who copies them


@dataclass(order=True, slots=True)
class _Event:
    """A lease that is renewed, or a verdict that is submitted."""

    at: float
    order: int
    person: _Person = field(compare=False)
    assignment: UUID = field(compare=False)
    judgement: judging.Judgement | None = field(compare=False)
    kind: str = field(compare=False)


class _Work:
    """A simulation that runs: who is busy until when, and what is to happen next."""

    def __init__(
        self,
        job: Job,
        people: list[_Person],
        truth: simulated.Truth,
        given: SimulationParameters,
        wanted: int,
        clock: Clock,
    ) -> None:
        self.clock = clock
        self.job, self.project, self.people, self.truth = job, job.project, people, truth
        self.rng = random.Random(f"{given.seed}:{job.done}")  # noqa: S311 - simulates and guards nothing
        self.wanted = wanted
        self.days = _working_days(datetime.fromisoformat(given.now), wanted, len(people))
        self.shares = list(itertools.accumulate(person.annotator.activity for person in people))
        self.events: list[_Event] = []
        self.order = itertools.count()
        self.done = self.asked = self.surplus = self.left = 0
        self.kinds: Counter[str] = Counter()
        self.lease = float(self.project.lease_seconds)

    def do(self) -> None:
        """Hand pairs out at moments that are spread evenly, then go on until nobody gets another."""
        starts = iter(self._starts())
        last = self.days[0]
        while True:
            with transaction.atomic():
                self._look_up()
                some = list(itertools.islice(starts, AT_ONCE))
                for start in some:
                    self._begin(start)
                    last = start
                if not some:
                    if not self._goes_on():
                        break
                    last = max(last, self.days[-1] + DAY - REST)
                    for _ in range(AT_ONCE):
                        last += 20.0
                        self._begin(last)
                self.clock.set(last)
                handout.expire(project=self.project)
                slots.move_reopened(project=self.project)
                jobs.record_progress(self.job, done=self.job.done + self.done)
        with transaction.atomic():
            self._happen(inf)
            jobs.record_progress(self.job, done=self.job.done + self.done)

    def _look_up(self) -> None:
        """Read what may have changed of the project and of its people, as each request of a person does."""
        self.project.refresh_from_db(fields=["state"])
        states = dict(Member.objects.filter(project_id=self.project.pk).values_list("pk", "state"))
        for person in self.people:
            person.member.state = states[person.member.pk]

    def result(self) -> dict[str, Any]:
        """Return what was done. ``errors`` and ``warnings`` are those of an import, which this used to be."""
        return {
            "judgements": self.job.done + self.done,
            "gold": self.kinds[AssignmentKind.GOLD],
            "probes": self.kinds[AssignmentKind.PROBE],
            "surplus": self.surplus,
            "left_lying": self.left,
            "annotators": len(self.people),
            "days": len(self.days),
            "errors": [],
            "warnings": [],
        }

    def _starts(self) -> Iterator[float]:
        """Moments at which somebody begins, in order."""
        for share in sorted(self.rng.random() for _ in range(self.wanted)):
            day, rest = divmod(share * len(self.days), 1)
            yield self.days[int(day)] + rest * (DAY - REST)

    def _goes_on(self) -> bool:
        return self.asked < self.wanted and any(person.looked < LOOKS for person in self.people)

    def _begin(self, at: float) -> None:
        """Let somebody who is free begin a pair at that moment, or as soon as somebody is."""
        self._happen(at)
        while True:
            if self.asked >= self.wanted:
                return
            person = self._free(at)
            if person is not None:
                break
            waiting = [person.busy_until for person in self.people if person.looked < LOOKS]
            if not waiting:
                return
            at = max(at, min(waiting)) + 0.5
            self._happen(at)
        for who in (person, *person.copiers):
            if who.busy_until <= at and self.asked < self.wanted:
                self._ask(who, at)

    def _free(self, at: float) -> _Person | None:
        """Draw who begins, in proportion to how much each works; a copier begins when their source does."""
        for _ in range(20):
            person = self.people[bisect.bisect(self.shares, self.rng.random() * self.shares[-1])]
            if person.busy_until <= at and person.looked < LOOKS and person.source is None:
                return person
        free = [person for person in self.people if person.busy_until <= at and person.looked < LOOKS]
        return free[self.rng.randrange(len(free))] if free else None

    def _ask(self, person: _Person, at: float) -> None:
        self.clock.set(at)
        offer = self._offer(person)
        if offer.assignment is None or offer.uuid is None:
            person.looked += 1
            person.busy_until = at + LOOKS_AGAIN
            return
        person.looked = 0
        if self.rng.random() < LEFT_LYING:
            self.left += 1
            person.busy_until = at + AWAY
            return
        ((pair_id, left, kind),) = query(HANDED, {"assignment": offer.assignment})
        task = self._task(person, pair_id, bool(left))
        given = person.annotator.judge(task, self._moment(at))
        if person.copiers:
            person.verdicts[pair_id] = given.verdict
        self.asked += 1
        ends = at + given.seconds
        if task.copied is not None and person.source is not None:
            ends = max(ends, person.source.busy_until + 1.0)
        judgement = judging.Judgement(
            shown_word(given.verdict, bool(left)), confidence=given.confidence, seconds=round(ends - at, 1)
        )
        for times in range(1, int((ends - at) / (self.lease * RENEWED_AFTER)) + 1):
            self._later(at + times * self.lease * RENEWED_AFTER, person, offer.uuid, None)
        self._later(ends + 0.05, person, offer.uuid, judgement, kind=kind)
        person.busy_until = ends + 0.5

    def _offer(self, person: _Person) -> Offer:
        try:
            return handout.lease_next(member=person.member, rng=self.rng)
        except (handout.NotHandingOut, handout.TooManyLeases):  # somebody, or a rule, has paused them or the project
            return Offer(Answer.NOTHING_LEFT)

    def _task(self, person: _Person, pair_id: int, left: bool) -> Task:
        i = self.truth.place[pair_id]
        copied = person.source.verdicts.get(pair_id) if person.source is not None else None
        first, second = self.truth.lengths[i].tolist()
        return Task(
            truth=Verdict(int(self.truth.verdict[i])),
            difficulty=float(self.truth.difficulty[i]),
            skill=self.truth.skill[i],
            first_on_left=left,
            first_length=first,
            second_length=second,
            copied=copied,
        )

    def _moment(self, at: float) -> Moment:
        day = max(bisect.bisect(self.days, at) - 1, 0)
        of_day = min(max((at - self.days[day]) / DAY, 0.0), 1.0)
        return Moment((day + of_day) / len(self.days), of_day)

    def _later(
        self, at: float, person: _Person, assignment: UUID, judgement: judging.Judgement | None, *, kind: str = ""
    ) -> None:
        heapq.heappush(self.events, _Event(at, next(self.order), person, assignment, judgement, kind))

    def _happen(self, until: float) -> None:
        """Let everything happen that is due before a moment."""
        while self.events and self.events[0].at <= until:
            event = heapq.heappop(self.events)
            self.clock.set(event.at)
            if event.judgement is None:
                handout.renew(member=event.person.member, assignment_uuid=event.assignment)
                continue
            stored = judging.submit(
                member=event.person.member,
                assignment_uuid=event.assignment,
                submit_key=UUID(int=self.rng.getrandbits(128), version=4),
                judgement=event.judgement,
            )
            self.done += 1
            self.kinds[event.kind] += 1
            self.surplus += stored.surplus


def _working_days(now: datetime, judgements: int, people: int) -> list[float]:
    """When each working day begins, in seconds since 1970. Nobody works on Saturday and Sunday."""
    needed = judgements * TYPICAL_SECONDS / max(people, 1) / DAY / BUSY * 7 / 5
    days: Iterable[datetime] = (now - timedelta(days=back) for back in range(max(DAYS, round(needed)), -1, -1))
    listed = list(days)
    working = [day for day in listed if day.weekday() < 5] or listed
    return [day.timestamp() - DAY for day in working]
