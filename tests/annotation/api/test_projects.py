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
