"""What annotators flag is shown to reviewers and managers."""

from __future__ import annotations

from annotation.vocabulary import Role
from tests.annotation.services.counting import statements
from tests.annotation.views.actions import BY_SCRIPT, HERE, lease
from tests.cast import Person, person


def flag(who: Person, reason: str = "harmful", note: str = "") -> str:
    pair = lease(who.client)
    done = who.client.post(f"{HERE}/a/{pair}/flag", {"reason": reason, "note": note}, **BY_SCRIPT)
    assert done.status_code == 200
    return pair


class TestFlags:
    def test_show_the_pair_the_reason_and_the_pseudonym(self, alice: Person, bob: Person) -> None:
        flag(bob, "personal_data", "A phone number in the <second> one.")

        page = alice.client.get(f"{HERE}/flags").content.decode()

        assert "1 flag." in page
        assert "Somebody’s personal data" in page
        assert "A phone number in the &lt;second&gt; one." in page
        assert "Question number" in page
        assert page.count("Answer number") == 2
        assert bob.member is not None
        assert bob.member.pseudonym in page
        assert bob.email not in page
        assert "secretmodel" not in page, "reviewers judge too"

    def test_count_on_the_tab_of_every_page(self, alice: Person, bob: Person) -> None:
        flag(bob)
        assert '<data value="1">1</data>' in alice.client.get(f"{HERE}/members").content.decode()

    def test_are_shown_to_reviewers_too(self, bob: Person) -> None:
        flag(bob)
        rita = person("Rita", bob.member.project if bob.member else None, role=Role.REVIEWER)
        assert "Harmful or hateful" in rita.client.get(f"{HERE}/flags").content.decode()

    def test_may_be_none(self, alice: Person) -> None:
        assert "Nothing is flagged." in alice.client.get(f"{HERE}/flags").content.decode()

    def test_keep_to_their_budget_of_queries(self, alice: Person, bob: Person, carol: Person) -> None:
        flag(bob)
        with statements() as few:
            alice.client.get(f"{HERE}/flags")
        for reason in ("broken", "other", "personal_data"):
            flag(carol, reason)
        with statements() as many:
            alice.client.get(f"{HERE}/flags")
        assert len(few) == len(many) <= 12, many
