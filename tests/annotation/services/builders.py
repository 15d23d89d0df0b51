"""Projects with a queue and members, and the few steps that every test of hand-out takes."""

from __future__ import annotations

import hashlib
import itertools
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.models import Assignment, Guidelines, Member, Pair, Project, Prompt, QueueMark, Response, Slot, User
from annotation.services import handout, judging
from annotation.services.handout import Answer, Offer
from annotation.vocabulary import ProjectState, Role, Verdict

_numbers = itertools.count(1)


class Never(random.Random):
    """A generator under which nothing that is left to chance happens: no gold, no clearing of lapsed leases."""

    def random(self) -> float:
        return 0.999999


class Always(random.Random):
    """A generator under which whatever is left to chance happens."""

    def random(self) -> float:
        return 0.0


@dataclass
class Scene:
    """An open project whose pairs are in the queue in the order of ``pairs``."""

    project: Project
    members: list[Member]
    pairs: list[Pair]
    gold: list[Pair]

    def __getitem__(self, number: int) -> Member:
        return self.members[number]


def digest(*words: object) -> bytes:
    return hashlib.sha256(repr(words).encode()).digest()


def scene(
    *, pairs: int = 10, members: int = 3, slots: int = 3, gold: int = 0, author: int | None = None, **settings: Any
) -> Scene:
    """Pair i has key 1 + (i + ½)/n, so the queue's order is the list's; ``author`` wrote every second prompt."""
    number = next(_numbers)
    project = Project.objects.create(
        slug=f"p{number}-{uuid.uuid4().hex[:8]}",
        name="A project",
        state=ProjectState.OPEN.value,
        batch=1,
        slots_per_pair=slots,
        **{"gold_rate": 0.0, **settings},
    )
    Guidelines.objects.create(project=project, version=1, text="Prefer the better one.")
    joined = join(project, members)
    made = make_pairs(project, pairs + gold, author=None if author is None else joined[author])
    ordinary, golden = made[:pairs], made[pairs:]
    for pair in golden:
        pair.gold_verdict = Verdict.FIRST.value
    Pair.objects.bulk_update(golden, ["gold_verdict"])
    Slot.objects.bulk_create(
        Slot(project=project, pair=pair, key=1 + (i + 0.5) / max(pairs, 1), first_on_left=(i + s) % 2 == 0)
        for i, pair in enumerate(ordinary)
        for s in range(slots)
    )
    return Scene(project, joined, ordinary, golden)


def join(project: Project, count: int) -> list[Member]:
    """More members, each with an account and a place at the beginning of the queue."""
    before = Member.objects.filter(project=project).count()
    users = User.objects.bulk_create(
        User(email=f"{uuid.uuid4().hex}@example.org", name="Somebody", password="!") for _ in range(count)
    )
    members = Member.objects.bulk_create(
        Member(project=project, user=user, role=Role.ANNOTATOR.value, number=n, name=f"Annotator {n:03d}")
        for n, user in enumerate(users, before + 1)
    )
    QueueMark.objects.bulk_create(QueueMark(project=project, member=member) for member in members)
    return members


def make_pairs(project: Project, count: int, *, author: Member | None = None) -> list[Pair]:
    """Pairs without slots, each of its own prompt."""
    start = Pair.objects.filter(project=project).count()
    prompts = Prompt.objects.bulk_create(
        Prompt(
            project=project,
            content=f"Question {i}?",
            content_hash=digest("prompt", i),
            author=author if i % 2 == 0 else None,
        )
        for i in range(start, start + count)
    )
    responses = Response.objects.bulk_create(
        Response(
            project=project, prompt=prompt, source_model=f"model-{side}", content="Text.", content_hash=digest(i, side)
        )
        for i, prompt in enumerate(prompts)
        for side in "ab"
    )
    return Pair.objects.bulk_create(
        Pair(
            project=project,
            prompt=prompt,
            first=responses[2 * i],
            second=responses[2 * i + 1],
            external_id=f"pair-{start + i}",
            content_hash=digest("pair", start + i),
        )
        for i, prompt in enumerate(prompts)
    )


def of_one_prompt(pair: Pair, other: Pair) -> None:
    """Make a pair one of another's prompt: two responses more to it."""
    prompt = other.prompt
    first, second = (
        Response.objects.create(
            project=pair.project,
            prompt=prompt,
            source_model=model,
            content="More.",
            content_hash=digest(pair.pk, model),
        )
        for model in ("model-a", "model-b")
    )
    Pair.objects.filter(pk=pair.pk).update(prompt=prompt, first=first, second=second)


def ask(member: Member, *holding: uuid.UUID, rng: random.Random | None = None) -> Offer:
    """Ask for the next pair; nothing is left to chance unless a generator is given."""
    return handout.lease_next(member=member, holding=holding, rng=rng or Never())


def lease(member: Member, *holding: uuid.UUID, rng: random.Random | None = None) -> Assignment:
    """The next pair, which there must be."""
    offer = ask(member, *holding, rng=rng)
    assert offer.answer is Answer.PAIR, offer
    return Assignment.objects.get(pk=offer.assignment)


def submit(
    member: Member, assignment: Assignment, shown: str = "a", key: uuid.UUID | None = None, **rest: Any
) -> judging.Acknowledgement:
    return judging.submit(
        member=member,
        assignment_uuid=assignment.uuid,
        submit_key=key or uuid.uuid4(),
        judgement=judging.Judgement(shown, **rest),
    )


def judge(member: Member, *, rng: random.Random | None = None) -> Assignment | None:
    """One pair from asking to verdict; null where there is none."""
    offer = ask(member, rng=rng)
    if offer.answer is not Answer.PAIR:
        return None
    assignment = Assignment.objects.get(pk=offer.assignment)
    submit(member, assignment)
    return assignment


def fresh(assignment: Assignment) -> Assignment:
    return Assignment.objects.get(pk=assignment.pk)


def lapse(*assignments: Assignment, seconds: float = 1) -> None:
    """Make the lease end that many seconds ago, by the database's clock."""
    shift(Assignment, "lease_until", [a.pk for a in assignments], to=-seconds)


def shift(model: type, column: str, ids: Iterable[int], *, to: float) -> None:
    """Set a time that many seconds from now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET {column} = clock_timestamp() + make_interval(secs => %s) "
            "WHERE id = ANY(%s)",
            [to, list(ids)],
        )


def five_minutes_later(project: Project) -> None:
    """Everybody may go back to the lowest open key again."""
    QueueMark.objects.filter(project=project).update(went_back_at=None)


def open_slots(project: Project) -> int:
    return Slot.objects.filter(project=project, open=True).count()


def could_have(project: Project) -> list[tuple[int, int]]:
    """(slot, member) of open slots and active members who have not had the pair: there must be none while a member waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id, m.id FROM annotation_slot s
            JOIN annotation_pair p ON p.id = s.pair_id JOIN annotation_prompt q ON q.id = p.prompt_id
            JOIN annotation_member m ON m.project_id = s.project_id AND m.state = 'active'
              AND q.author_id IS DISTINCT FROM m.id
            WHERE s.project_id = %s AND s.open AND NOT EXISTS (
              SELECT FROM annotation_assignment t WHERE t.pair_id = s.pair_id AND t.member_id = m.id
                AND t.state IN ('leased', 'submitted', 'skipped'))
            """,
            [project.pk],
        )
        return cursor.fetchall()
