from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from annotation.models import User
from annotation.selectors import people
from config.sessions import Backend, SessionStore
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

    def test_of_a_key_that_nobody_has_is_empty_and_takes_another(self):
        unknown = SessionStore("k" * 32)

        assert unknown.load() == {}
        assert unknown.session_key is None


class TestAccount:
    def test_is_the_one_that_django_would_make(self, bob):
        found = Backend().get_user(bob.user.pk)

        assert found is not None
        assert values(found) == values(User.objects.get(pk=bob.user.pk))
        assert not found._state.adding

    def test_that_is_switched_off_is_signed_out_at_the_next_request(self, bob):
        assert bob.client.get("/").status_code == 200
        User.objects.filter(pk=bob.user.pk).update(is_active=False)

        assert bob.client.get("/").status_code == 302

    def test_that_is_gone_is_nobody(self):
        assert Backend().get_user(0) is None


class TestMembership:
    def test_is_the_one_that_django_would_make(self, bob, project):
        found = people.membership(slug=project.slug, user=bob.user)

        assert found is not None
        assert values(found) == values(type(found).objects.get(pk=found.pk))
        assert values(found.project) == values(type(project).objects.get(pk=project.pk))

    def test_is_found_by_itself_for_somebody_in_many_projects(self, bob, project):
        for _ in range(people._BELONGS):
            MemberFactory(user=bob.user)

        asking = people.person(bob.user.pk)

        assert asking is not None
        assert asking.belongs is None
        assert people.membership(slug=project.slug, user=asking) == bob.member

    def test_comes_with_the_account(self, bob, project, mallory, django_assert_num_queries):
        asking, stranger = people.person(bob.user.pk), people.person(mallory.user.pk)
        assert asking is not None
        assert stranger is not None

        with django_assert_num_queries(0):
            assert people.membership(slug=project.slug, user=asking) == bob.member
            assert people.membership(slug=project.slug, user=stranger) is None

    def test_of_a_stranger_is_nothing(self, mallory, project):
        assert people.membership(slug=project.slug, user=mallory.user) is None
