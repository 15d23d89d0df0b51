"""Late work finds a slot of its pair by the pair, in a project that is newer than the planner's statistics."""

from __future__ import annotations

import pytest

from annotation.models import Assignment, Member
from annotation.services import handout
from tests.annotation.services.builders import fresh, lapse, lease, submit
from tests.plans.scenes import new_project, no_autovacuum, older_projects
from tests.plans.work import work

pytestmark = [pytest.mark.external, pytest.mark.django_db(transaction=True)]

FEW = 1_000  # the first call of a database function reads catalogs


def test_a_late_verdict_looks_at_few_slots() -> None:
    with no_autovacuum():
        older_projects("an older project")
        project = new_project("fresh").project
        member = Member.objects.select_related("project").filter(project=project, user__isnull=False)[0]
        held: Assignment = lease(member)
        lapse(held)
        handout.expire(project=project)

        with work() as seen:
            submit(member, held)
            assert fresh(held).slot_id is not None

    assert [str(one) for one in seen if max(one.rows, one.pages) > FEW] == []
    assert any('"annotation_slot"' in one.sql and "FOR UPDATE" in one.sql for one in seen)
