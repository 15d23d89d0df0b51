"""The home page."""

from __future__ import annotations

import uuid

from django.test import Client

from annotation.models import Annotation, Project, User
from annotation.selectors import own_work
from annotation.services.members import membership
from annotation.vocabulary import Role
from tests.annotation.views.actions import HERE, backdate, judge_one
from tests.cast import Person
from tests.factories import (
    PASSWORD,
    GuidelinesFactory,
    MemberFactory,
    PairFactory,
    ProjectFactory,
    PromptFactory,
)


class TestHome:
    def test_shows_what_to_do_next_and_what_other_projects_wait_for(self, bob: Person, project: Project) -> None:
        for slug, state in (("health", "open"), ("summaries", "paused"), ("old", "closed"), ("new", "draft")):
            other = ProjectFactory(slug=slug, name=slug.title(), state=state)
            GuidelinesFactory(project=other)
            GuidelinesFactory(project=other, version=2)
            MemberFactory(project=other, user=bob.user)
        judge_one(bob.client)
        bob.member.daily_goal = 20
        bob.member.save()

        page = bob.client.get("/").content.decode()
        assert page.index("Continue judging") < page.index("Your other projects")
        assert "1 of 20 today" in page
        for words in ("Guidelines changed", "Paused by the project", "Finished.", "still setting it up"):
            assert words in page

    def test_offers_the_guidelines_to_a_new_member(self, bob: Person) -> None:
        bob.member.guidelines_read = 0
        bob.member.save()
        assert "Read the guidelines once" in bob.client.get("/").content.decode()

    def test_offers_the_dashboard_and_judging_to_those_who_run_a_project(self, alice: Person) -> None:
        page = alice.client.get("/").content.decode()
        assert "You are its manager." in page
        assert 'href="/p/everyday/"' in page
        assert 'href="/p/everyday/judge"' in page
        assert "data-primary" not in page, "looking after it comes first"
        judge_one(alice.client)
        assert "Continue judging" in alice.client.get("/").content.decode()

    def test_offers_a_project_with_work_first(self, bob: Person, project: Project) -> None:
        judge_one(bob.client)
        project.slots.update(open=False)
        other = ProjectFactory(slug="health", name="Health")
        PairFactory(prompt=PromptFactory(project=other))
        MemberFactory(project=other, user=bob.user, guidelines_read=0)

        page = bob.client.get("/").content.decode()
        assert page.index('href="/p/health/judge"') < page.index("Your other projects")
        assert "Nothing waits for you just now" in page
        assert 'href="/p/everyday/judge"' in page, "a pair may have come back"

    def test_tells_how_long_a_judgement_can_be_changed(self, bob: Person) -> None:
        judge_one(bob.client)
        assert "You can change one for 15\u00a0min." in bob.client.get("/").content.decode()

    def test_offers_every_project_to_the_site_administrator(self, mallory: Person) -> None:
        mallory.user.is_superuser = True
        mallory.user.save()
        page = mallory.client.get("/").content.decode()
        assert "You are not in a project yet." not in page
        assert 'href="/projects"' in page
        assert 'href="/projects/new"' in page

    def test_explains_how_to_join_a_project(self, mallory: Person) -> None:
        page = mallory.client.get("/").content.decode()
        assert "You are not in a project yet." in page
        assert "mallory@example.org" in page

    def test_sends_anonymous_users_to_sign_in(self, anonymous: Client) -> None:
        assert anonymous.get("/")["Location"] == "/login?next=/"

    def test_offers_no_project_to_its_suspended_members(self, dave: Person) -> None:
        assert "Everyday help" not in dave.client.get("/").content.decode()

    def test_shows_own_numbers(self, bob: Person, carol: Person) -> None:
        for _ in range(3):
            judge_one(bob.client, seconds="0.0")
        judge_one(carol.client)
        mine = Annotation.objects.filter(assignment__member=bob.member)
        backdate(mine[0], days=1)
        mine.update(seconds=40)

        numbers = own_work.numbers(members=[bob.member])
        assert (numbers.today, numbers.yesterday, numbers.total, numbers.pace) == (2, 1, 3, 40)
        assert [count for _, count in numbers.days] == [0, 0, 0, 0, 0, 1, 2]
        assert numbers.median_day == 1
        assert own_work.today(members=[bob.member]) == {bob.member.pk: 2}

    def test_does_not_count_an_undone_judgement(self, bob: Person) -> None:
        judge_one(bob.client)
        bob.client.post(f"{HERE}/undo", {"submit_key": str(uuid.uuid4())})
        assert own_work.numbers(members=[bob.member]).today == 0
        judge_one(bob.client)
        assert own_work.numbers(members=[bob.member]).today == 1

    def test_counts_nothing_without_a_project(self) -> None:
        assert own_work.history(members=[]) == []

    def test_names_the_role_in_each_project(self, alice: Person, project: Project) -> None:
        page = alice.client.get("/").content.decode()
        assert "You are its manager." in page
        reviewer = User.objects.create_user("rita@example.org", PASSWORD, name="Rita")
        membership.add(project=project, user=reviewer, role=Role.REVIEWER, by=None)
        client = Client()
        client.force_login(reviewer)
        assert "You are a reviewer." in client.get("/").content.decode()
