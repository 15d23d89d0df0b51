"""A member's own judgements, and their daily goal."""

from __future__ import annotations

import pytest

from annotation.models import Annotation
from tests.annotation.views.actions import HERE, backdate, judge_one
from tests.cast import Person


class TestHistory:
    def test_shows_own_judgements_and_which_can_be_changed(self, bob: Person, carol: Person) -> None:
        judge_one(carol.client, "b", reason="Carol thinks otherwise.")
        judge_one(bob.client, "a", reason="It is right.")
        second = judge_one(bob.client, "tie")
        backdate(Annotation.objects.get(assignment__uuid=second), hours=1)

        page = bob.client.get(f"{HERE}/history").content.decode()
        assert page.count("A is better") == 1
        assert "It is right." in page
        assert "Carol" not in page
        assert page.count("/change") == 1
        assert page.count("closed") == 1

    def test_sets_each_reason_in_its_own_direction(self, bob: Person) -> None:
        judge_one(bob.client, "a", reason="React היא ספרייה טובה")

        page = bob.client.get(f"{HERE}/history").content.decode()
        assert '<p class="clip fine" dir="rtl">React היא ספרייה טובה</p>' in page
        assert '<p class="clip" dir="ltr">' in page

    def test_has_pages(self, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        from annotation.views import history

        monkeypatch.setattr(history, "PER_PAGE", 2)
        for _ in range(5):
            judge_one(bob.client)
        assert 'href="?page=2"' in bob.client.get(f"{HERE}/history").content.decode()
        assert bob.client.get(f"{HERE}/history?page=3").status_code == 200
        for beyond in ("4", "0"):
            assert bob.client.get(f"{HERE}/history?page={beyond}").status_code == 404, beyond
        for malformed in ("-1", "x", "1e3", str(2**63)):
            assert bob.client.get(f"{HERE}/history?page={malformed}").status_code == 400, malformed

    def test_may_be_empty(self, bob: Person) -> None:
        assert "You have judged nothing here yet." in bob.client.get(f"{HERE}/history").content.decode()

    def test_stores_the_daily_goal(self, bob: Person) -> None:
        for value, stored in (("25", 25), ("", None)):
            assert bob.client.post(f"{HERE}/goal", {"daily_goal": value}).status_code == 303
            bob.member.refresh_from_db()
            assert bob.member.daily_goal == stored
        for wrong in ("0", "-4", "x", "99999"):
            refused = bob.client.post(f"{HERE}/goal", {"daily_goal": wrong})
            assert refused.status_code == 400
            page = refused.content.decode()
            assert page.count("Daily goal must be a whole number from 1 to 10,000.") == 1
            assert f'value="{wrong}"' in page  # what was typed is still there
        bob.member.refresh_from_db()
        assert bob.member.daily_goal is None

    def test_leaves_the_check_of_the_goal_to_the_server(self, bob: Person) -> None:
        form = bob.client.get(f"{HERE}/history").content.decode().partition(f'action="{HERE}/goal"')[2]
        assert form.partition(">")[0].strip() == "novalidate"
