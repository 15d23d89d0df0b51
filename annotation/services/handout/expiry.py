"""Expiry of leases that were not renewed."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Member, Project
from annotation.vocabulary import ProjectState
from common.db import locks
from common.db.rows import query_value

LAPSED_AT_ONCE = 20
LAPSED_AT_ONCE_EVERYWHERE = 500

EXPIRE = "SELECT concord_expire(%(project)s, %(route)s, %(most)s, %(spare)s)"


@transaction.atomic
def expire(*, project: Project, most: int = LAPSED_AT_ONCE, spare: Member | None = None, route: int = 0) -> int:
    """Return the slots of at most ``most`` lapsed leases to the queue. Return how many leases ended.

    Rows that another transaction has locked are left for the next time. So are the leases of ``spare``, who is asking for a
    pair and so still at work.
    """
    at = {"project": project.pk, "route": route, "most": most, "spare": spare.pk if spare else 0}
    return int(query_value(EXPIRE, at))


@transaction.atomic
def expire_everywhere() -> None:
    """Return the slots of every lapsed lease, project by project. Does nothing while another run of it goes on."""
    if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.expire_leases"):
        return
    most = LAPSED_AT_ONCE_EVERYWHERE
    for project in Project.objects.exclude(state=ProjectState.DRAFT.value).iterator():
        while expire(project=project, most=most) == most:
            pass
