"""Pairs that the page keeps ready: asked for alone, and together with a judgement."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from annotation.models import Annotation, Assignment, Project
from tests.annotation.services.builders import Never
from tests.annotation.views.actions import BY_SCRIPT, HERE, lease, verdict
from tests.cast import Person
from tests.factories import GuidelinesFactory


class TestNextPair:
    def test_gives_another_pair_as_a_part_of_the_page(self, bob: Person) -> None:
        first = lease(bob.client)
        second = lease(bob.client, holding=[first])
        assert first != second

    def test_gives_at_most_three(self, bob: Person) -> None:
        held = [lease(bob.client)]
        held.append(lease(bob.client, holding=held))
        held.append(lease(bob.client, holding=held))
        answer = bob.client.post(f"{HERE}/judge/next", {"holding": held}, **BY_SCRIPT)
        assert answer.json() == {"state": "enough"}

    def test_says_why_there_is_none(self, bob: Person, project: Project) -> None:
        project.slots.all().delete()
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "nothing_left"}
        Project.objects.update(state="paused")
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "paused"}

    def test_holds_back_until_the_guidelines_are_read(self, bob: Person, project: Project) -> None:
        GuidelinesFactory(project=project, version=2)
        assert bob.client.post(f"{HERE}/judge/next", **BY_SCRIPT).json() == {"state": "guidelines"}

    @pytest.mark.parametrize("held", ["", "7", "x" * 36, "é"])
    def test_refuses_malformed_ids(self, bob: Person, held: str) -> None:
        assert bob.client.post(f"{HERE}/judge/next", {"holding": held}, **BY_SCRIPT).status_code == 400


class TestSubmitWithNext:
    """A judgement whose request asks for a further pair too."""

    def submit(self, who: Person, pair: str, **more: Any) -> dict[str, Any]:
        answer = who.client.post(f"{HERE}/a/{pair}/submit", verdict() | {"next": "1"} | more, **BY_SCRIPT)
        assert answer.status_code == 200
        return answer.json()

    def test_gives_a_pair_that_the_page_does_not_hold(self, bob: Person) -> None:
        held = [lease(bob.client)]
        held.append(lease(bob.client, holding=held))

        answer = self.submit(bob, held[0], holding=held)

        another = re.search(r'data-uuid="([0-9a-f-]{36})"', answer["next"]["pair"])
        assert another
        assert another[1] not in held
        assert Assignment.objects.get(uuid=another[1]).state == "leased"
        assert Annotation.objects.get().assignment.uuid == uuid.UUID(held[0])

    def test_gives_none_unless_asked(self, bob: Person) -> None:
        answer = bob.client.post(f"{HERE}/a/{lease(bob.client)}/submit", verdict(), **BY_SCRIPT)

        assert "next" not in answer.json()

    def test_says_why_there_is_none(self, bob: Person, project: Project) -> None:
        pair = lease(bob.client)
        project.slots.filter(open=True).delete()

        assert self.submit(bob, pair)["next"] == {"state": "nothing_left"}

    def test_is_stored_though_nothing_is_handed_out(self, bob: Person, project: Project) -> None:
        pair = lease(bob.client)
        Project.objects.update(state="closed")

        assert self.submit(bob, pair)["next"] == {"state": "closed"}
        assert Annotation.objects.count() == 1

    @pytest.mark.parametrize("held", ["", "7", "é"])
    def test_is_stored_though_the_held_ids_are_malformed(self, bob: Person, held: str) -> None:
        assert "next" not in self.submit(bob, lease(bob.client), holding=held)
        assert Annotation.objects.count() == 1

    def test_makes_few_queries(
        self, bob: Person, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = lease(bob.client)
        monkeypatch.setattr("random.SystemRandom", Never)  # one request in fifty clears lapsed leases too

        with django_assert_max_num_queries(8):
            self.submit(bob, pair)
