"""The list of projects, a new one, settings, state, guidelines."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotation.models import AuditEvent, Guidelines, Member, Project
from annotation.vocabulary import ProjectState, Role
from tests.cast import Person, person
from tests.pages import body, clean, opens, refuses

HERE = "/p/everyday"
SETTINGS = {
    "name": "Everyday help",
    "slots_per_pair": "4",
    "gold_rate": "12.5",
    "gold_exposure_limit": "40",
    "probe_rate": "5",
    "lease_minutes": "7.5",
    "edit_window_minutes": "20",
    "target_kappa": "0.6",
    "target_gold": "92",
    "target_unsettled": "5",
    "target_n": "200",
}
HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}"


class TestList:
    def test_shows_only_projects_that_the_user_runs(self, alice: Person, bob: Person, project: Project) -> None:
        assert "Everyday help" in opens(alice, "/projects")
        html = opens(bob, "/projects")
        assert "Everyday help" not in html
        assert "New project" not in html

    def test_shows_all_projects_to_the_site_administrator(self, project: Project) -> None:
        admin = person("Olive", None)
        admin.user.is_superuser = True
        admin.user.save()
        assert "Everyday help" in opens(admin, "/projects")

    def test_requires_an_account(self, anonymous: Client) -> None:
        assert anonymous.get("/projects").status_code == 302

    def test_refuses_post(self, alice: Person) -> None:
        assert alice.client.post("/projects").status_code == 405

    def test_keeps_to_its_budget_of_queries(self, alice: Person) -> None:
        from tests.factories import MemberFactory

        for _ in range(30):
            MemberFactory(user=alice.user, role=Role.MANAGER.value)
        opens(alice, "/projects")

    def test_escapes_names(self, alice: Person, project: Project) -> None:
        Project.objects.update(name=HOSTILE)
        assert "<img src=x" not in opens(alice, "/projects")


class TestRefusedForm:
    def test_focuses_the_first_error_and_keeps_what_was_typed(self, alice: Person) -> None:
        given = SETTINGS | {"slots_per_pair": "0", "target_kappa": "7"}
        html = body(alice.client.post(f"{HERE}/settings", given))
        clean(html)
        assert html.count(" autofocus") == 1
        assert re.search(r'<input[^>]* name="slots_per_pair"[^>]* autofocus', html)
        for typed in ('value="0"', 'value="7"', 'value="12.5"'):
            assert typed in html
        assert " autofocus" not in opens(alice, f"{HERE}/settings")


class TestNewProject:
    def test_is_a_draft_that_its_creator_manages(self, alice: Person) -> None:
        response = alice.client.post("/projects/new", {"name": "Coding help"})
        assert response.status_code == 303
        assert response["Location"] == "/p/coding-help/settings"
        made = Project.objects.get(slug="coding-help")
        assert made.state == ProjectState.DRAFT
        assert Member.objects.get(project=made).user == alice.user

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"name": ""}, "This field is required"),
            ({"name": "\u200f\u200e"}, "at least one letter"),
            ({"name": "x" * 121}, "at most 120"),
            ({"name": "x", "slug": "Not A Slug"}, "small letters"),
            ({"name": "x", "slug": "everyday"}, "Another project has this address"),
            ({"name": "日本語"}, "write one here"),
            ({"name": "a\x00b"}, "Null characters"),
        ],
    )
    def test_reports_what_is_wrong(self, given: dict[str, str], words: str, alice: Person) -> None:
        response = alice.client.post("/projects/new", given)
        assert response.status_code == 400
        assert words in body(response)
        clean(body(response))
        assert Project.objects.count() == 1

    def test_is_open_to_managers_of_any_project(self, bob: Person, mallory: Person, anonymous: Client) -> None:
        for someone in (bob, mallory):
            assert someone.client.get("/projects/new").status_code == 403
            assert someone.client.post("/projects/new", {"name": "Mine"}).status_code == 403
        assert anonymous.post("/projects/new", {"name": "Mine"}).status_code == 302
        assert Project.objects.count() == 1

    def test_opens(self, alice: Person) -> None:
        opens(alice, "/projects/new")


class TestSettings:
    def test_are_entered_in_percent_and_minutes_and_stored_as_fractions_and_seconds(
        self, alice: Person, project: Project
    ) -> None:
        assert alice.client.post(f"{HERE}/settings", SETTINGS).status_code == 303
        project.refresh_from_db()
        assert (project.slots_per_pair, project.gold_rate, project.lease_seconds) == (4, 0.125, 450)
        assert (project.edit_window_seconds, project.target_kappa, project.target_gold) == (1200, 0.6, 0.92)
        assert (project.target_unsettled, project.target_n) == (0.05, 200)
        assert (project.gold_exposure_limit, project.probe_rate) == (40, 0.05)
        assert AuditEvent.objects.filter(action="project.settings").count() == 1

    def test_shown_and_sent_again_change_nothing(self, alice: Person, project: Project) -> None:
        Project.objects.update(gold_rate=0.1, target_unsettled=0.08, lease_seconds=45)
        html = opens(alice, f"{HERE}/settings")
        assert 'value="0.75"' in html
        given = SETTINGS | {
            "slots_per_pair": "3",
            "gold_rate": "10",
            "gold_exposure_limit": "",
            "probe_rate": "0",
            "lease_minutes": "0.75",
            "edit_window_minutes": "15",
            "target_kappa": "0.55",
            "target_gold": "90",
            "target_unsettled": "8",
            "target_n": "100",
        }
        assert alice.client.post(f"{HERE}/settings", given).status_code == 303
        assert not AuditEvent.objects.filter(action="project.settings").exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("slots_per_pair", "0"),
            ("slots_per_pair", "1000000"),
            ("gold_rate", "101"),
            ("gold_rate", "nan"),
            ("lease_minutes", "0"),
            ("lease_minutes", "1e9"),
            ("target_kappa", "1.1"),
            ("target_gold", "-1"),
            ("target_n", "٣ب"),
            ("name", ""),
        ],
    )
    def test_out_of_range_are_refused_next_to_their_field(
        self, field: str, value: str, alice: Person, project: Project
    ) -> None:
        response = alice.client.post(f"{HERE}/settings", SETTINGS | {field: value})
        assert response.status_code == 400
        assert f'id="id_{field}_error"' in body(response)
        clean(body(response))
        project.refresh_from_db()
        assert project.slots_per_pair == 3

    def test_are_open_to_managers_only(self, anonymous: Client, mallory: Person, bob: Person, project: Project) -> None:
        refuses(f"{HERE}/settings", anonymous=anonymous, mallory=mallory, bob=bob)
        reviewer = person("Rita", project, role=Role.REVIEWER, number=9001)
        assert reviewer.client.get(f"{HERE}/settings").status_code == 403
        assert reviewer.client.post(f"{HERE}/settings", SETTINGS).status_code == 403


class TestState:
    def move(self, who: Person, to: str, **more: str) -> str:
        response = who.client.post(f"{HERE}/settings/state", {"to": to, **more}, follow=True)
        return body(response)

    def test_moves_where_it_can_and_tells_what_stays(self, alice: Person, project: Project) -> None:
        assert "can still be finished" in opens(alice, f"{HERE}/settings")
        assert "Paused: nothing new is handed out." in self.move(alice, "paused")
        assert "Open: its members" in self.move(alice, "open")

    def test_closes_only_with_confirmation(self, alice: Person, project: Project) -> None:
        assert "say that you are sure" in self.move(alice, "closed")
        project.refresh_from_db()
        assert project.state == ProjectState.OPEN
        assert "Closed: nothing is handed out any more." in self.move(alice, "closed", sure="on")
        assert "does not go there" in self.move(alice, "open")

    @pytest.mark.parametrize("to", ["", "gone", "draft", "\x00"])
    def test_must_be_known(self, to: str, alice: Person, project: Project) -> None:
        assert "No such state." in self.move(alice, to)

    def test_is_changed_by_post_and_by_managers_only(self, alice: Person, bob: Person, mallory: Person) -> None:
        path = f"{HERE}/settings/state"
        assert alice.client.get(path).status_code == 405
        assert bob.client.post(path, {"to": "paused"}).status_code == 403
        assert mallory.client.post(path, {"to": "paused"}).status_code == 404


class TestGuidelines:
    def test_are_published_as_a_new_version(self, alice: Person, project: Project) -> None:
        given = {"text": "# New\r\n\r\nRead **both**.", "based_on": "1", "publish": "1"}
        assert alice.client.post(f"{HERE}/settings/guidelines", given).status_code == 303
        latest = Guidelines.objects.latest("version")
        assert (latest.version, latest.text, latest.written_by) == (2, "# New\n\nRead **both**.", alice.user)
        assert "Version 2" in opens(alice, f"{HERE}/settings/guidelines")

    def test_are_previewed_by_the_renderer_without_being_published(self, alice: Person, project: Project) -> None:
        given = {"text": "**bold** <script>alert(1)</script>", "based_on": "1", "preview": "1"}
        response = alice.client.post(f"{HERE}/settings/guidelines", given)
        assert response.status_code == 200
        html = body(response)
        assert "<strong>bold</strong>" in html
        assert "<script>alert" not in html
        clean(html)
        assert Guidelines.objects.count() == 1

    def test_keep_what_was_written_when_another_version_was_published_meanwhile(
        self, alice: Person, project: Project
    ) -> None:
        Guidelines.objects.create(project=project, version=2, text="Between")
        given = {"text": "Mine", "based_on": "1", "publish": "1"}
        response = alice.client.post(f"{HERE}/settings/guidelines", given)
        assert response.status_code == 409
        html = body(response)
        assert "Version 2 was published meanwhile" in html
        assert ">\nMine</textarea>" in html
        assert 'name="based_on" value="2"' in html

    @pytest.mark.parametrize("text", ["", "   \n", "x" * 100_001, "a\x00b"])
    def test_refuse_empty_and_oversized_texts(self, text: str, alice: Person, project: Project) -> None:
        given = {"text": text, "based_on": "1", "publish": "1"}
        assert alice.client.post(f"{HERE}/settings/guidelines", given).status_code == 400
        assert Guidelines.objects.count() == 1

    def test_are_open_to_managers_only(self, anonymous: Client, mallory: Person, bob: Person) -> None:
        refuses(f"{HERE}/settings/guidelines", anonymous=anonymous, mallory=mallory, bob=bob)


class TestConsensusDecides:
    RULE = {"target_probability": "90", "least_judgements": "2", "most_judgements": "6", "audited_share": "2.5"}

    def rule(self, project: Project) -> tuple[float | None, int, int, float]:
        project.refresh_from_db()
        return project.target_probability, project.least_judgements, project.most_judgements, project.audited_share

    def test_is_off_until_a_target_is_given(self, alice: Person, project: Project) -> None:
        html = opens(alice, f"{HERE}/settings")
        assert "Consensus decides" in html
        assert re.search(r'name="target_probability"(?![^>]*value)', html)

        assert alice.client.post(f"{HERE}/settings", SETTINGS | self.RULE).status_code == 303
        assert self.rule(project) == (0.9, 2, 6, 0.025)
        assert project.slots_of_a_new_pair == 2
        assert 'value="90"' in opens(alice, f"{HERE}/settings")

    def test_left_empty_is_off_and_leaves_the_other_numbers(self, alice: Person, project: Project) -> None:
        alice.client.post(f"{HERE}/settings", SETTINGS | self.RULE)
        alice.client.post(f"{HERE}/settings", SETTINGS | dict.fromkeys(self.RULE, ""))

        assert self.rule(project) == (None, 2, 6, 0.025)
        assert project.slots_of_a_new_pair == 4

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"target_probability": "50"}, "The target probability must be a number from 60 to 99.9 percent"),
            ({"target_probability": "100"}, "The target probability must be"),
            ({"least_judgements": "7"}, "cannot get fewer judgements at most than at least"),
            ({"most_judgements": "0"}, "Judgements of a pair at most must be a whole number from 1 to 100"),
            ({"audited_share": "101"}, "Audited pairs must be"),
        ],
    )
    def test_is_refused_where_the_rule_cannot_be(
        self, alice: Person, project: Project, wrong: dict[str, str], words: str
    ) -> None:
        response = alice.client.post(f"{HERE}/settings", SETTINGS | self.RULE | wrong)

        assert response.status_code == 400
        assert words in body(response)
        assert self.rule(project) == (None, 1, 5, 0.02)
