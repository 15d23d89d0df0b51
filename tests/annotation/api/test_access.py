"""Authentication and scopes: which token may do what, and how others are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import ApiToken, Member, User
from annotation.services import projects
from annotation.services.access import tokens
from annotation.services.members import membership
from annotation.vocabulary import MemberState, Role, Scope
from common.api import throttling
from tests.annotation.api.client import FOREIGN, Api, Site, codes, person

READS = {
    "projects/sky/pairs": Scope.ANNOTATIONS_READ,
    "projects/sky/annotations": Scope.ANNOTATIONS_READ,
    "projects/sky/quality": Scope.QUALITY_READ,
    "projects/sky/quality/annotator-pairs": Scope.QUALITY_READ,
    "projects/sky/quality/groups": Scope.QUALITY_READ,
    "projects/sky/disagreements": Scope.QUALITY_READ,
    "projects/sky/rules": Scope.QUALITY_READ,
    "projects/sky/rules/actions": Scope.QUALITY_READ,
    "projects/sky/adjudications": Scope.ANNOTATIONS_READ,
    "projects/sky/ratings": Scope.RATINGS_READ,
    "projects/sky/export?format=raw": Scope.DATASETS_READ,
    "projects/sky/export/manifest?format=raw": Scope.DATASETS_READ,
    "projects/sky/imports/0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b": Scope.PROMPTS_WRITE,
}
WRITES = {
    "projects": Scope.PROJECTS_WRITE,
    "projects/sky/imports": Scope.PROMPTS_WRITE,
    "projects/sky/quality": Scope.QUALITY_READ,
    "projects/sky/adjudications": Scope.PROMPTS_WRITE,
    "projects/sky/rules": Scope.PROMPTS_WRITE,
    "projects/sky/rules/actions/1": Scope.PROMPTS_WRITE,
    "projects/sky/ratings": Scope.RATINGS_READ,
}
ALL = [*(("GET", path) for path in ["projects", "projects/sky", *READS]), *(("POST", path) for path in WRITES)]


class TestToken:
    @pytest.mark.parametrize(("method", "path"), ALL)
    def test_is_required_everywhere(self, site: Site, method: str, path: str) -> None:
        answer = Api(None).request(method, path)

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert codes(answer) == [("Authorization", "not_authenticated")]

    @pytest.mark.parametrize(("method", "path"), ALL)
    def test_is_the_only_way_in(self, site: Site, method: str, path: str) -> None:
        client = Client()
        client.force_login(site.alice)

        assert client.generic(method, f"/api/v1/{path}").status_code == 401

    @pytest.mark.parametrize(
        ("header", "status", "code"),
        [
            ("Bearer", 401, "bad_token"),
            ("Bearer ", 401, "bad_token"),
            ("Bearer nonsense", 401, "bad_token"),
            ("Bearer ccd_abcdefgh_" + "a" * 43 + "_00000000", 401, "bad_token"),
            ("Basic YWxpY2U6cGFzc3dvcmQ=", 401, "bad_token"),
            ("Bearer \u0661\u0662", 401, "bad_token"),
            ("", 401, "bad_token"),
            ("{secret}", 401, "bad_token"),
            ("Token {secret}", 401, "bad_token"),
            ("Bearer {secret}x", 401, "bad_token"),
            ("Bearer  {secret}", 401, "bad_token"),
            ("Bearer {secret},Bearer {secret}", 400, "two_tokens"),
            ("Bearer {secret}, Bearer x", 400, "two_tokens"),
        ],
    )
    def test_is_read_strictly(self, site: Site, api: Api, header: str, status: int, code: str) -> None:
        answer = Client().get("/api/v1/projects", headers={"Authorization": header.format(secret=api.secret)})

        assert answer.status_code == status
        assert codes(answer)[0][1] == code

    @pytest.mark.parametrize("name", ["token", "access_token", "api_key", "Authorization", "anything"])
    def test_is_refused_in_a_url(self, api: Api, name: str) -> None:
        for client in (api, Api(None)):
            answer = client.get("projects", {name: api.secret})

            assert answer.status_code == 400
            assert codes(answer)[0][1] == "token_in_url"
            assert api.secret not in answer.content.decode()

    def test_expires(self, site: Site, api: Api) -> None:
        assert api.get("projects/sky").status_code == 200
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert codes(api.get("projects/sky")) == [("Authorization", "expired_token")]

    def test_can_be_revoked(self, site: Site, api: Api) -> None:
        tokens.revoke(token=ApiToken.objects.get(), by=site.alice)

        answer = api.get("projects/sky")
        assert (answer.status_code, codes(answer)) == (401, [("Authorization", "revoked_token")])

    def test_fails_once_its_owners_account_is_switched_off(self, site: Site, api: Api) -> None:
        User.objects.filter(pk=site.alice.pk).update(is_active=False)

        assert api.get("projects/sky").status_code == 401


class TestScopes:
    @pytest.mark.parametrize(("path", "scope"), READS.items())
    def test_are_required_for_reading(self, site: Site, path: str, scope: Scope) -> None:
        others = site.token(*(s for s in Scope if s != scope))
        assert (others.get(path).status_code, others.get(path.replace("sky", "sea")).status_code) == (403, 403)
        assert codes(others.get(path)) == [("Authorization", "wrong_scope")]
        assert site.token(scope).get(path).status_code in {200, 404}

    @pytest.mark.parametrize(("path", "scope"), WRITES.items())
    def test_are_required_for_writing(self, site: Site, path: str, scope: Scope) -> None:
        others = site.token(*(s for s in Scope if s != scope))
        answer = others.post(path, {})
        assert (answer.status_code, codes(answer)) == (403, [("Authorization", "wrong_scope")])
        assert site.token(scope).post(path, {}).status_code in {202, 400}


class TestProjects:
    @pytest.mark.parametrize(
        ("method", "path"), [(m, p.replace("sky", "sea")) for m, p in ALL if "sky" in p and not p.startswith("jobs")]
    )
    def test_of_others_are_not_found(self, site: Site, api: Api, method: str, path: str) -> None:
        foreign = api.request(method, path)
        nothing = api.request(method, path.replace("sea", "no-such-project"))

        assert foreign.status_code == nothing.status_code == 404
        assert foreign.content == nothing.content
        assert FOREIGN.encode() not in foreign.content

    def test_outside_the_token_are_not_found_though_its_owner_manages_them(self, site: Site, api: Api) -> None:
        projects.create(slug="other", name="Other", by=site.alice)

        assert api.get("projects/other").status_code == 404
        assert [row["slug"] for row in api.get("projects").json()["results"]] == ["sky"]

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"role": Role.REVIEWER.value}, 403),
            ({"state": MemberState.PAUSED.value}, 403),
            ({"state": MemberState.SUSPENDED.value}, 401),
            ({"user": None}, 404),
        ],
    )
    def test_close_when_the_tokens_owner_loses_the_right(
        self, site: Site, api: Api, change: dict[str, object], status: int
    ) -> None:
        membership.add(project=site.project, user=person("Second"), role=Role.MANAGER, by=None)
        assert api.get("projects/sky").status_code == 200

        Member.objects.filter(project=site.project, user=site.alice).update(**change)

        assert api.get("projects/sky").status_code == status
        assert api.get("projects").json()["results"] == []


class TestUrls:
    @pytest.mark.parametrize(
        "path",
        [
            "",
            "nothing",
            "projects/",
            "projects/sky/",
            "projects/sky%0A",
            "projects/sky/nothing",
            "projects/SKY!",
            "jobs/1",
            "jobs/-1",
            "jobs/9223372036854775809",
            "jobs/1e3",
            "jobs/ 1",
            "jobs/\u0661",
            "jobs/00000000-0000-4000-8000-000000000000",
            "projects/sky/imports/1",
            "../admin",
            ".git/config",
        ],
    )
    def test_that_do_not_exist(self, api: Api, path: str) -> None:
        answer = api.get(path)

        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:concord:problem:not_found"

    @pytest.mark.parametrize("path", ["projects/s\0ky", "nothing/\0", "projects?q=%00", "projects?cursor=a%00"])
    def test_with_a_nul(self, api: Api, path: str) -> None:
        assert api.get(path.replace("\0", "%00")).status_code == 400

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
    def test_answer_no_other_method(self, api: Api, method: str) -> None:
        answer = api.request(method, "projects/sky")

        assert answer.status_code == 405
        assert answer["Allow"] == "GET, HEAD"

    def test_answer_head(self, api: Api) -> None:
        answer = api.request("HEAD", "projects/sky")

        assert (answer.status_code, answer.content) == (200, b"")

    def test_ignore_a_method_in_a_header(self, site: Site, api: Api) -> None:
        assert api.get("projects/sky", **{"X-HTTP-Method-Override": "DELETE"}).status_code == 200


class TestRate:
    def test_is_in_the_headers(self, api: Api) -> None:
        answer = api.get("projects/sky")

        assert answer["RateLimit-Limit"] == "600"
        assert answer["RateLimit-Remaining"] == "599"
        assert 1 <= int(answer["RateLimit-Reset"]) <= 60

    def test_ends_in_429(self, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttling, "PER_MINUTE", 2)
        monkeypatch.setattr(throttling, "WINDOW", 10**9)

        assert [api.get("projects/sky").status_code for _ in range(4)] == [200, 200, 429, 429]
        answer = api.get("projects/sky")
        assert answer["Retry-After"] == answer["RateLimit-Reset"]
        assert answer.json()["type"] == "urn:concord:problem:too_many_requests"
        assert site.token().get("projects/sky").status_code == 200, "each token has its own"
