from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import models
from django.utils import timezone

from annotation.models import Session, User
from annotation.selectors import users
from annotation.services.access.sessions import SessionStore
from annotation.tasks import sweep_sessions
from config.sessions import Backend
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def values(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class TestSession:
    def test_is_what_was_stored(self):
        kept = SessionStore()
        kept["draft"] = "words"
        kept.save()

        assert SessionStore(kept.session_key)["draft"] == "words"

    def test_ends_with_its_time(self, bob):
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

        assert bob.client.get("/").status_code == 302

        sweep_sessions()

        assert not Session.objects.filter(account=bob.user).exists()

    def test_loads_its_account_in_the_same_query(self, bob, django_assert_num_queries):
        with django_assert_num_queries(1):
            found = SessionStore(bob.client.cookies["sessionid"].value)
            found.load()

        assert found.user == bob.user
        assert Session.objects.get(account=bob.user).session_key == found.session_key

    def test_without_an_account_has_none(self):
        kept = SessionStore()
        kept.save()

        assert SessionStore(kept.session_key).load() == {}
        assert Session.objects.get().account is None

    def test_is_deleted_with_its_account(self, mallory):
        mallory.user.delete()

        assert not Session.objects.filter(session_key=mallory.client.cookies["sessionid"].value).exists()

    def test_with_an_unknown_key_is_empty_and_gets_another_key(self):
        unknown = SessionStore("k" * 32)

        assert unknown.load() == {}
        assert unknown.session_key is None


class TestAccount:
    def test_equals_the_row_that_django_would_load(self, bob):
        found = Backend().get_user(bob.user.pk)

        assert found is not None
        assert values(found) == values(User.objects.get(pk=bob.user.pk))
        assert not found._state.adding

    def test_that_is_switched_off_is_signed_out_at_the_next_request(self, bob):
        assert bob.client.get("/").status_code == 200
        User.objects.filter(pk=bob.user.pk).update(is_active=False)

        assert bob.client.get("/").status_code == 302

    def test_whose_password_changed_elsewhere_is_signed_out(self, bob):
        bob.user.set_password("another password altogether")
        bob.user.save()

        assert bob.client.get("/").status_code == 302

    def test_that_the_session_loaded_is_not_queried_again(self, bob, django_assert_max_num_queries):
        with django_assert_max_num_queries(1):
            assert bob.client.get("/nowhere").status_code == 404

    def test_that_was_deleted_is_none(self):
        assert Backend().get_user(0) is None


class TestMembership:
    def test_equals_the_row_that_django_would_load(self, bob, project):
        found = users.membership(slug=project.slug, user=bob.user)

        assert found is not None
        assert values(found) == values(type(found).objects.get(pk=found.pk))
        assert values(found.project) == values(type(project).objects.get(pk=project.pk))

    def test_is_queried_for_a_user_in_many_projects(self, bob, project):
        for _ in range(users.MAX_MEMBERSHIPS):
            MemberFactory(user=bob.user)

        asking = users.with_memberships(bob.user.pk)

        assert asking is not None
        assert asking.memberships_by_slug is None
        assert users.membership(slug=project.slug, user=asking) == bob.member

    def test_is_loaded_with_the_account(self, bob, project, mallory, django_assert_num_queries):
        asking, stranger = users.with_memberships(bob.user.pk), users.with_memberships(mallory.user.pk)
        assert asking is not None
        assert stranger is not None

        with django_assert_num_queries(0):
            assert users.membership(slug=project.slug, user=asking) == bob.member
            assert users.membership(slug=project.slug, user=stranger) is None

    def test_of_a_stranger_is_none(self, mallory, project):
        assert users.membership(slug=project.slug, user=mallory.user) is None
