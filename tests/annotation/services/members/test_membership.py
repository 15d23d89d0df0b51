"""A project keeps an active manager, whoever removes whom, even concurrently."""

from __future__ import annotations

import pytest
from django.db import transaction

from annotation.models import Member
from annotation.services import projects
from annotation.services.members import membership
from annotation.vocabulary import MemberState, Role
from tests.annotation.services.builders import join
from tests.annotation.services.concurrency import InThread


@pytest.mark.django_db(transaction=True)
class TestTwoManagers:
    @pytest.mark.parametrize(
        "put_out",
        [
            lambda whom, by: membership.set_state(member=whom, state=MemberState.SUSPENDED, by=by.user),
            lambda whom, by: membership.set_role(member=whom, role=Role.ANNOTATOR, by=by.user),
        ],
        ids=["suspended", "made annotator"],
    )
    def test_who_suspend_each_other_at_once_leave_one(self, put_out):
        project = projects.create(slug="two-managers", name="Two managers", by=None)
        join(project, 2)
        Member.objects.filter(project=project).update(role=Role.MANAGER.value)
        one, two = Member.objects.select_related("user").filter(project=project).order_by("number")
        with transaction.atomic():
            put_out(two, one)
            other = InThread(lambda: put_out(Member.objects.get(pk=one.pk), two))
            other.wait_until_it_waits()
        with pytest.raises(membership.NotAllowed):
            other.result()
        managers = Member.objects.filter(project=project, role=Role.MANAGER.value, state=MemberState.ACTIVE.value)
        assert list(managers) == [one]
