"""Projects by the API."""

from __future__ import annotations

import pytest

from annotation.models import AuditEvent, Project
from annotation.vocabulary import MemberState, Role, Scope
from tests.annotation.api.client import Api, Site, codes

pytestmark = pytest.mark.django_db


class TestCreate:
    def test_creates_a_draft_managed_by_the_tokens_owner(self, site: Site) -> None:
        api = site.token(Scope.PROJECTS_WRITE, projects=[])

        answer = api.post("projects", {"slug": "new", "name": "New", "slots_per_pair": 5, "gold_rate": 0.2})

        assert answer.status_code == 201
        shown = answer.json()
        assert (shown["slug"], shown["state"], shown["slots_per_pair"], shown["gold_rate"]) == ("new", "draft", 5, 0.2)
        project = Project.objects.get(slug="new")
        assert project.members.get().user == site.alice
        assert project.members.get().role == Role.MANAGER
        assert AuditEvent.objects.filter(project=project, action="project.create", actor=site.alice).exists()

    def test_binds_the_token_to_the_new_project(self, site: Site) -> None:
        api = site.token(Scope.PROJECTS_WRITE, Scope.QUALITY_READ)
        api.post("projects", {"slug": "new", "name": "New"})

        assert api.get("projects/new").status_code == 200
        assert site.token().get("projects/new").status_code == 404

    def test_refuses_a_slug_that_is_taken_whoever_has_it(self, api: Api) -> None:
        for slug in ("sky", "sea"):
            answer = api.post("projects", {"slug": slug, "name": "Again"})
            assert (answer.status_code, codes(answer)) == (409, [("$.slug", "slug_taken")])

    @pytest.mark.parametrize("name", ["\u200f\u200e", "Sea\u200b"])
    def test_refuses_a_name_that_nobody_could_read(self, api: Api, name: str) -> None:
        answer = api.post("projects", {"slug": "new", "name": name})

        assert (answer.status_code, codes(answer)) == (400, [("$.name", "bad_value")])
        assert answer.json()["errors"][0]["message"] == "Give it a name of visible characters."

    def test_is_refused_once_the_tokens_owner_manages_nothing(self, site: Site) -> None:
        api = site.token(Scope.PROJECTS_WRITE, projects=[])
        site.project.members.update(state=MemberState.SUSPENDED.value)

        assert api.post("projects", {"slug": "new", "name": "New"}).status_code == 403


class TestRead:
    def test_shows_one(self, api: Api) -> None:
        shown = api.get("projects/sky").json()

        assert (shown["slug"], shown["name"], shown["state"], shown["slots_per_pair"]) == ("sky", "Sky", "draft", 3)
        assert shown["created_at"].endswith("Z")

    def test_lists_those_of_the_token_by_pages(self, site: Site) -> None:
        api = site.token()
        for slug in ("b", "a", "c"):
            api.post("projects", {"slug": slug, "name": slug})

        first = api.get("projects", {"limit": "3"}).json()
        rest = api.get("projects", {"limit": "3", "cursor": first["next_cursor"]}).json()

        assert [row["slug"] for row in first["results"] + rest["results"]] == ["a", "b", "c", "sky"]
        assert rest["next_cursor"] is None


class TestATargetProbability:
    GIVEN = {"target_probability": 0.9, "least_judgements": 2, "most_judgements": 6, "audited_share": 0.1}

    def test_is_off_unless_it_is_given(self, api: Api) -> None:
        shown = api.get("projects/sky").json()

        assert {name: shown[name] for name in self.GIVEN} == {
            "target_probability": None,
            "least_judgements": 1,
            "most_judgements": 5,
            "audited_share": 0.02,
        }

    def test_is_stored_with_its_rule(self, site: Site) -> None:
        api = site.token(Scope.PROJECTS_WRITE, projects=[])
        shown = api.post("projects", {"slug": "new", "name": "New", **self.GIVEN}).json()

        assert {name: shown[name] for name in self.GIVEN} == self.GIVEN
        assert Project.objects.get(slug="new").slots_of_a_new_pair == 2

    @pytest.mark.parametrize(
        ("wrong", "at", "code"),
        [
            ({"target_probability": 0.5}, "target_probability", "out_of_range"),
            ({"target_probability": 1}, "target_probability", "out_of_range"),
            ({"least_judgements": 0}, "least_judgements", "out_of_range"),
            ({"least_judgements": 6}, "most_judgements", "bad_value"),
            ({"least_judgements": 4, "most_judgements": 3}, "most_judgements", "bad_value"),
            ({"audited_share": 1.5}, "audited_share", "out_of_range"),
        ],
    )
    def test_is_refused_where_the_rule_cannot_be(self, api: Api, wrong: dict[str, float], at: str, code: str) -> None:
        answer = api.post("projects", {"slug": "new", "name": "New", **wrong})

        assert (answer.status_code, codes(answer)) == (400, [(f"$.{at}", code)])
        assert not Project.objects.filter(slug="new").exists()
