"""Who may open the judging page and send to it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from annotation.models import Annotation, AuditEvent
from tests.annotation.views.actions import BY_SCRIPT, HERE, lease, submit, verdict
from tests.cast import Person, person
from tests.factories import ProjectFactory

POSTS = ["submit", "skip", "flag", "draft", "renew", "leave"]
FIELDS: dict[str, dict[str, Any]] = {
    "submit": verdict(),
    "change": verdict(),
    "skip": {"reason": "language"},
    "flag": {"reason": "broken"},
    "draft": {"version": "1", "reason": "so far"},
    "renew": {},
    "leave": {},
}


class TestAccess:
    """Others get a 404, suspended members a page that says so, and only POST changes anything."""

    def addresses(self, pair: str) -> list[tuple[str, str]]:
        posts = [(f"{HERE}/a/{pair}/{operation}", "post") for operation in POSTS]
        return [
            *posts,
            (f"{HERE}/judge", "get"),
            (f"{HERE}/judge/next", "post"),
            (f"{HERE}/undo", "post"),
            (f"{HERE}/a/{pair}/change", "get"),
            (f"{HERE}/a/{pair}/change", "post"),
            (f"{HERE}/guidelines", "get"),
            (f"{HERE}/guidelines", "post"),
            (f"{HERE}/history", "get"),
            (f"{HERE}/goal", "post"),
        ]

    def test_sends_anonymous_users_to_sign_in(self, bob: Person, anonymous: Client) -> None:
        for address, method in self.addresses(lease(bob.client)):
            answer = getattr(anonymous, method)(address)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login"), address
            assert getattr(anonymous, method)(address, **BY_SCRIPT).status_code == 401, address

    def test_hides_the_project_from_strangers(self, bob: Person, mallory: Person) -> None:
        elsewhere = person("Nadia", ProjectFactory())
        for address, method in self.addresses(lease(bob.client)):
            for stranger in (mallory, elsewhere):
                assert getattr(stranger.client, method)(address).status_code == 404, address

    def test_tells_suspended_members(self, bob: Person, dave: Person) -> None:
        for address, method in self.addresses(lease(bob.client)):
            answer = getattr(dave.client, method)(address)
            assert answer.status_code == 403, address
            assert "is suspended" in answer.content.decode()

    def test_lets_the_site_administrator_judge_only_as_a_member(self, bob: Person, mallory: Person) -> None:
        mallory.user.is_superuser = True
        mallory.user.save()
        pair = lease(bob.client)
        for address, method in self.addresses(pair):
            expected = 200 if "guidelines" in address else 404
            assert getattr(mallory.client, method)(address).status_code == expected, address

    def test_refuses_other_methods(self, bob: Person) -> None:
        pair = lease(bob.client)
        for operation in POSTS:
            assert bob.client.get(f"{HERE}/a/{pair}/{operation}").status_code == 405
        for address in (f"{HERE}/judge", f"{HERE}/history"):
            assert bob.client.post(address).status_code == 405
        for method in ("put", "patch", "delete"):
            assert getattr(bob.client, method)(f"{HERE}/a/{pair}/change").status_code == 405
        assert bob.client.head(f"{HERE}/judge").status_code == 200

    def test_refuses_a_form_without_its_token(self, bob: Person) -> None:
        pair = lease(bob.client)
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(bob.user)
        answer = submit(strict, pair, by_script=False)
        assert answer.status_code == 403
        assert "did not send the cookie" in answer.content.decode()

    def test_does_not_find_an_unknown_project(self, bob: Person) -> None:
        assert bob.client.get("/p/nowhere/judge").status_code == 404
        assert bob.client.get("/p/%00/judge").status_code in {400, 404}

    def test_hides_pairs_of_others_and_records_the_attempt(self, bob: Person, carol: Person) -> None:
        pair = lease(bob.client)
        for operation in [*POSTS, "change"]:
            assert (
                carol.client.post(f"{HERE}/a/{pair}/{operation}", FIELDS[operation], **BY_SCRIPT).status_code == 404
            ), operation
        assert not Annotation.objects.exists()
        assert AuditEvent.objects.filter(action="assignment.not_yours", actor=carol.user).count() == 7
