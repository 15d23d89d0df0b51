"""API tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import ApiToken, AuditEvent, Member, Project, User
from annotation.pages.tokens import PROBLEMS
from annotation.services import projects
from annotation.services.access import tokens
from annotation.services.members import membership
from annotation.vocabulary import MemberState, Role, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org", None, name="Alice")


@pytest.fixture
def sky(alice: User) -> Project:
    return projects.create(slug="sky", name="Sky", by=alice)


def create(user: User, *bound: Project, scopes: tuple[Scope, ...] = (Scope.PROMPTS_WRITE,), days: int = 30):
    return tokens.create(user=user, name="nightly", scopes=scopes, projects=bound, days=days)


@contextmanager
def refused(**problems: tokens.Problem) -> Iterator[None]:
    """What is done inside is refused for these problems, each worded on the page."""
    with pytest.raises(tokens.InvalidToken) as error:
        yield
    assert error.value.problems == problems
    assert {problem.code for problem in problems.values()} <= set(PROBLEMS)


class TestCreate:
    def test_shows_the_secret_once_and_keeps_its_hash(self, alice: User, sky: Project) -> None:
        token, secret = create(alice, sky)

        stored = ApiToken.objects.get()
        assert bytes(stored.digest) == hashlib.sha256(secret.encode()).digest()
        assert secret.startswith(stored.prefix + "_")
        assert len(stored.prefix) == 12
        assert list(stored.projects.all()) == [sky]
        assert not any(secret[13:56] in str(value) for row in ApiToken.objects.values() for value in row.values()), (
            "only its hash is kept"
        )
        assert AuditEvent.objects.filter(action="token.create", project=sky, actor=alice).count() == 1

    def test_makes_secrets_that_scanners_recognize(self, alice: User, sky: Project) -> None:
        _, secret = create(alice, sky)

        assert [len(part) for part in secret.split("_")] == [3, 8, 43, 8]
        assert tokens.looks_like_a_secret(f"curl -H '{secret}' …")

    def test_sets_the_expiry(self, alice: User, sky: Project) -> None:
        token, _ = create(alice, sky, days=7)

        assert abs(token.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)

    @pytest.mark.parametrize("days", [0, -1, 366, True])
    def test_refuses_days_out_of_range(self, alice: User, sky: Project, days: int) -> None:
        with refused(days=tokens.Problem("bad_days", {"most": 365})):
            create(alice, sky, days=days)

    @pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\0b"])
    def test_refuses_names_nobody_can_read(self, alice: User, sky: Project, name: str) -> None:
        with refused(name=tokens.Problem("bad_name", {"most": 100})):
            tokens.create(user=alice, name=name, scopes=[Scope.PROMPTS_WRITE], projects=[sky], days=1)

    def test_requires_a_project_for_all_but_creating_projects(self, alice: User, sky: Project) -> None:
        create(alice, scopes=(Scope.PROJECTS_WRITE,))
        with refused(projects=tokens.Problem("no_project")):
            create(alice, scopes=(Scope.PROJECTS_WRITE, Scope.PROMPTS_WRITE))
        with refused(scopes=tokens.Problem("no_scope")):
            create(alice, sky, scopes=())

    @pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
    def test_refuses_users_who_manage_nothing(self, sky: Project, role: Role) -> None:
        bob = User.objects.create_user("bob@example.org", None, name="Bob")
        membership.add(project=sky, user=bob, role=role, by=None)

        assert tokens.allowed_scopes(bob) == []
        with pytest.raises(tokens.NotAllowed):
            create(bob, sky)
        with pytest.raises(tokens.NotAllowed):
            create(bob, scopes=(Scope.PROJECTS_WRITE,))

    def test_binds_only_projects_that_the_owner_manages(self, alice: User, sky: Project) -> None:
        sea = projects.create(slug="sea", name="Sea", by=User.objects.create_user("m@example.org", None, name="M"))

        with pytest.raises(tokens.NotAllowed):
            create(alice, sky, sea)

    def test_lets_the_site_administrator_bind_any_project(self, sky: Project) -> None:
        root = User.objects.create_superuser("root@example.org", None, name="Root")

        token, _ = create(root, sky, scopes=tuple(Scope))

        assert tokens.reach(token=token, slug="sky") == sky


class TestAuthenticate:
    def test_finds_the_token_and_its_user(self, alice: User, sky: Project) -> None:
        token, secret = create(alice, sky)

        assert tokens.authenticate(secret) == token
        assert tokens.authenticate(secret).user == alice

    def test_recognizes_a_typing_mistake_without_a_query(
        self, alice: User, sky: Project, django_assert_num_queries
    ) -> None:
        _, secret = create(alice, sky)
        wrong = secret[:20] + ("a" if secret[20] != "a" else "b") + secret[21:]

        with django_assert_num_queries(0):
            for text in (
                wrong,
                secret[:-1],
                secret + "0",
                secret.upper(),
                "",
                "ccd_",
                "é" * 64,
                "\0" * 64,
                secret + "\n",
            ):
                with pytest.raises(tokens.BadToken):
                    tokens.authenticate(text)

    def test_refuses_a_well_formed_unknown_secret(self, alice: User, sky: Project) -> None:
        _, secret = create(alice, sky)
        ApiToken.objects.all().delete()

        with pytest.raises(tokens.BadToken):
            tokens.authenticate(secret)

    def test_refuses_an_expired_token(self, alice: User, sky: Project) -> None:
        token, secret = create(alice, sky)
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        with pytest.raises(tokens.Expired):
            tokens.authenticate(secret)

    def test_refuses_a_switched_off_account(self, alice: User, sky: Project) -> None:
        _, secret = create(alice, sky)
        User.objects.update(is_active=False)

        with pytest.raises(tokens.Revoked):
            tokens.authenticate(secret)

    def test_records_its_use_at_most_once_a_minute(self, alice: User, sky: Project, django_assert_num_queries) -> None:
        token, secret = create(alice, sky)

        with django_assert_num_queries(2):
            tokens.authenticate(secret)
        token.refresh_from_db()
        first = token.last_used_at
        assert first is not None
        with django_assert_num_queries(1):
            tokens.authenticate(secret)
        ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
        tokens.authenticate(secret)
        token.refresh_from_db()
        assert token.last_used_at >= first


class TestRevoke:
    def test_takes_effect_on_the_next_request(self, alice: User, sky: Project) -> None:
        token, secret = create(alice, sky)

        tokens.revoke(token=token, by=alice)

        with pytest.raises(tokens.Revoked):
            tokens.authenticate(secret)

    def test_is_recorded_once(self, alice: User, sky: Project) -> None:
        token, _ = create(alice, sky)

        at = tokens.revoke(token=token, by=alice).revoked_at
        assert tokens.revoke(token=token, by=alice).revoked_at == at
        assert AuditEvent.objects.filter(action="token.revoke", project=sky).count() == 1

    def test_is_for_the_owner_the_projects_managers_and_the_site_administrator(self, alice: User, sky: Project) -> None:
        token, _ = create(alice, sky)
        mallory = User.objects.create_user("mallory@example.org", None, name="Mallory")
        bob = User.objects.create_user("bob@example.org", None, name="Bob")
        membership.add(project=sky, user=bob, role=Role.ANNOTATOR, by=None)
        for stranger in (mallory, bob):
            with pytest.raises(tokens.NotAllowed):
                tokens.revoke(token=token, by=stranger)

        carol = User.objects.create_user("carol@example.org", None, name="Carol")
        membership.add(project=sky, user=carol, role=Role.MANAGER, by=None)
        assert tokens.revoke(token=token, by=carol).revoked_at is not None


class TestReach:
    @pytest.fixture
    def token(self, alice: User, sky: Project) -> ApiToken:
        membership.add(
            project=sky,
            user=User.objects.create_user("second@example.org", None, name="Second"),
            role=Role.MANAGER,
            by=None,
        )
        return create(alice, sky)[0]

    def test_returns_the_bound_project(self, token: ApiToken, sky: Project) -> None:
        assert tokens.reach(token=token, slug="sky") == sky
        assert list(tokens.reachable(token)) == [sky]

    def test_reveals_nothing_of_others(self, token: ApiToken) -> None:
        projects.create(slug="sea", name="Sea", by=token.user)
        for slug in ("sea", "nothing"):
            with pytest.raises(tokens.UnknownProject):
                tokens.reach(token=token, slug=slug)

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"role": Role.REVIEWER.value}, tokens.NotManager),
            ({"state": MemberState.PAUSED.value}, tokens.NotManager),
            ({"state": MemberState.SUSPENDED.value}, tokens.Suspended),
            ({"user": None}, tokens.UnknownProject),
        ],
    )
    def test_ends_when_the_owner_loses_the_right(
        self, token: ApiToken, change: dict[str, object], refusal: type[Exception]
    ) -> None:
        Member.objects.filter(user=token.user).update(**change)

        with pytest.raises(refusal):
            tokens.reach(token=token, slug="sky")
        assert not tokens.reachable(token).exists()

    def test_includes_a_project_that_the_token_created(self, alice: User, sky: Project) -> None:
        token, _ = create(alice, scopes=(Scope.PROJECTS_WRITE,))

        made = tokens.create_project(token=token, slug="new", name="New")

        assert tokens.reach(token=token, slug="new") == made
        assert made.members.get(user=alice).role == Role.MANAGER
