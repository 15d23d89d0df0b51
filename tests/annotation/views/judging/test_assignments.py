"""What else the page does with a leased pair: skips, flags, drafts, leases."""

from __future__ import annotations

import pytest

from annotation.models import Assignment, Draft, Flag, Skip
from tests.annotation.views.actions import BY_SCRIPT, HERE, judge_one, lease, submit
from tests.cast import Person


class TestSkip:
    def test_never_shows_the_pair_again(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "not_my_field"}, **BY_SCRIPT)
        assert answer.json() == {"skipped": True}
        assert Skip.objects.get().reason == "not_my_field"
        assert lease(bob.client) != pair

    def test_counts_once_though_sent_twice(self, bob: Person) -> None:
        pair = lease(bob.client)
        for _ in range(2):
            assert bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "other"}).status_code == 303
        assert Skip.objects.count() == 1

    @pytest.mark.parametrize("reason", ["", "bored", "not_my_field\n"])
    def test_needs_a_reason(self, bob: Person, reason: str) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": reason}).status_code == 400

    def test_is_refused_for_a_judged_pair(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/skip", {"reason": "other"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "judged")


class TestFlag:
    def test_is_stored_and_leaves_the_pair_to_be_judged(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/flag", {"reason": "harmful", "note": "Line two."}, **BY_SCRIPT)
        assert answer.json() == {"flagged": True}
        assert Flag.objects.get().note == "Line two."
        assert lease(bob.client) == pair
        assert bob.client.post(f"{HERE}/a/{pair}/flag", {"reason": "no"}).status_code == 400


class TestDraft:
    def test_is_shown_with_its_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "5", "reason": "Because <b>"}, **BY_SCRIPT)
        assert answer.json() == {"version": 5}
        page = bob.client.get(f"{HERE}/judge").content.decode()
        assert 'data-draft="5"' in page
        assert ">Because &lt;b&gt;</textarea>" in page

    def test_keeps_the_newer_text(self, bob: Person) -> None:
        pair = lease(bob.client)
        bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "5", "reason": "new"})
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "4", "reason": "old"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "newer_saved")
        assert Draft.objects.get().reason == "new"

    def test_is_refused_after_the_verdict(self, bob: Person) -> None:
        pair = judge_one(bob.client)
        answer = bob.client.post(f"{HERE}/a/{pair}/draft", {"version": "9", "reason": "late"}, **BY_SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (409, "judged")
        assert not Draft.objects.exists()

    @pytest.mark.parametrize("version", ["0", "-1", "x", str(2**64), ""])
    def test_refuses_malformed_versions(self, bob: Person, version: str) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/draft", {"version": version, "reason": ""}).status_code == 400


class TestRenew:
    def test_tells_whether_the_pair_is_held(self, bob: Person) -> None:
        pair = lease(bob.client)
        assert bob.client.post(f"{HERE}/a/{pair}/renew", **BY_SCRIPT).json() == {"held": True}
        submit(bob.client, pair)
        assert bob.client.post(f"{HERE}/a/{pair}/renew", **BY_SCRIPT).json() == {"held": False}


class TestLeave:
    def test_shortens_the_lease_and_keeps_the_pair(self, bob: Person) -> None:
        pair = lease(bob.client)
        before = Assignment.objects.get().lease_until
        assert bob.client.post(f"{HERE}/a/{pair}/leave").status_code == 204
        assert Assignment.objects.get().lease_until < before
        assert lease(bob.client) == pair
