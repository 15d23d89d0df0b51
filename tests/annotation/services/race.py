"""A process of many annotators' browsers, each on a connection of its own: `python -m tests.annotation.services.race`.

Reads what to do as JSON from standard input, works until nothing is left for any of its annotators (or the time is
up), and prints what happened as JSON.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import sys
import threading
import time
import traceback
import uuid
from typing import Any

BREATH = 0.05
GUEST = 0.05
DOUBLE_CLICK = 0.05


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    race = Race(**json.load(sys.stdin))
    race.run()
    json.dump(race.story(), sys.stdout)


class Race:
    def __init__(self, *, members: list[int], guests: list[int], threads: int, seed: int, seconds: float) -> None:
        from annotation.models import Member

        everybody = Member.objects.select_related("project").order_by("pk")
        self.members = list(everybody.filter(pk__in=members))
        self.guests = list(everybody.filter(pk__in=guests))
        self.threads = threads
        self.seed = seed
        self.until = time.monotonic() + seconds
        self.counts: collections.Counter[str] = collections.Counter()
        self.errors: list[str] = []
        self.pids: set[int] = set()
        self.in_hand: dict[int, set[uuid.UUID]] = {member.pk: set() for member in [*self.members, *self.guests]}
        self.gates = {pk: threading.Lock() for pk in self.in_hand}
        self.posted: collections.deque[tuple[Any, ...]] = collections.deque(maxlen=200)
        self.quiet: dict[int, bool] = {member.pk: False for member in self.members}

    def run(self) -> None:
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(self.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def story(self) -> dict[str, Any]:
        return {"counts": dict(self.counts), "errors": self.errors[:5], "connections": len(self.pids)}

    def work(self, number: int) -> None:
        from django.db import connection

        rng = random.Random(f"{self.seed}/{number}")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pids.add(cursor.fetchone()[0])
            while time.monotonic() < self.until and not all(self.quiet.values()):
                self.step(rng)
            if time.monotonic() >= self.until:
                self.counts["out of time"] += 1
        except Exception:
            self.errors.append(traceback.format_exc())
        finally:
            connection.close()

    def step(self, rng: random.Random) -> None:
        if rng.random() < GUEST:  # a member who is at work in another process: their second browser
            member = rng.choice(self.guests)
        else:
            awake = [m for m in self.members if not self.quiet[m.pk]] or self.members
            member = min(rng.sample(awake, len(awake)), key=lambda m: len(self.in_hand[m.pk]))
        gate = self.gates[member.pk] if rng.random() > DOUBLE_CLICK else contextlib.nullcontext()
        with gate:
            offer = self.ask(member, rng)
        if offer is not None and offer.uuid is not None:
            self.work_on(member, offer, rng)

    def ask(self, member: Any, rng: random.Random) -> Any:
        from annotation.services import handout

        # A page names the leases it holds; sometimes it does not (a second tab, a double click) and gets the same pair.
        holding = set(self.in_hand[member.pk]) if rng.random() > DOUBLE_CLICK else set()
        try:
            offer = handout.lease_next(member=member, holding=holding, rng=rng)
        except handout.TooManyLeases:
            self.counts["hands full"] += 1
            time.sleep(BREATH)
            return None
        if offer.uuid is None:
            if offer.answer is handout.Answer.NOTHING_LEFT and not self.in_hand[member.pk] and member.pk in self.quiet:
                self.quiet[member.pk] = True
            else:
                time.sleep(BREATH)
            return None
        self.counts["offers"] += 1
        self.in_hand[member.pk].add(offer.uuid)
        return offer

    def work_on(self, member: Any, offer: Any, rng: random.Random) -> None:
        from annotation.services import handout, judging
        from annotation.vocabulary import SkipReason

        try:
            operation = rng.random()
            if operation < 0.015:
                self.try_to(judging.skip, member=member, assignment_uuid=offer.uuid, reason=SkipReason.OTHER)
                if rng.random() < 0.3:
                    self.try_to(judging.undo, member=member, submit_key=uuid.uuid4())
            elif operation < 0.035:
                self.try_to(handout.release, member=member, assignment_uuid=offer.uuid)
            elif operation < 0.045:
                self.let_lapse(offer.assignment)
            else:
                post = (
                    member,
                    offer.uuid,
                    uuid.uuid4(),
                    judging.Judgement(rng.choice(["a", "b", "tie"]), reason="Better."),
                )
                self.submit(*post)
                self.posted.append(post)
                if rng.random() < 0.05:
                    self.submit(*rng.choice(list(self.posted)))  # again, by another connection
                if rng.random() < 0.02:
                    self.try_to(judging.undo, member=member, submit_key=uuid.uuid4())
        finally:
            self.in_hand[member.pk].discard(offer.uuid)

    def submit(self, member: Any, assignment: uuid.UUID, key: uuid.UUID, judgement: Any) -> None:
        from annotation.services import judging

        stored = self.try_to(
            judging.submit, member=member, assignment_uuid=assignment, submit_key=key, judgement=judgement
        )
        if stored is not None:
            self.counts["surplus" if stored.surplus else stored.kind] += 1

    def try_to(self, operation: Any, **arguments: Any) -> Any:
        """What people may be told is an answer, not an error."""
        from annotation.services import judging

        try:
            done = operation(**arguments)
        except (judging.AlreadySubmitted, judging.HeldByOthers, judging.NothingToUndo, judging.TooLate) as answer:
            self.counts[type(answer).__name__] += 1
            return None
        self.counts[operation.__name__] += 1
        return done

    def let_lapse(self, assignment: int | None) -> None:
        from django.db import connection

        self.counts["left to lapse"] += 1
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE annotation_assignment SET lease_until = clock_timestamp() - interval '1 s' WHERE id = %s",
                [assignment],
            )


if __name__ == "__main__":
    main()
