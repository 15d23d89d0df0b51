"""A member's leases: renewed by a heartbeat, shortened when the page is closed, released."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from annotation.models import Assignment, Member, Project
from annotation.services import slots
from annotation.vocabulary import AssignmentState
from common.db.rows import execute, query_value

MOST_LEASES = 3
LEAVING_SECONDS = 60

RENEW = "SELECT concord_renew(%(project)s, %(assignment)s, %(lease)s, %(shown)s)"

# By id alone: with the state in the condition the planner may walk the index of leases with all its dead entries.
LEAVE = """
UPDATE annotation_assignment
SET lease_until = least(lease_until, concord_clock() + make_interval(secs => %(leaving)s)) WHERE id = %(assignment)s
"""


class NotYours(Exception):
    """The assignment is another member's, or there is none."""


def live(member: Member) -> list[tuple[int, UUID]]:
    """Return the ids of the leases that the member holds, oldest first."""
    leased = Assignment.objects.filter(
        project_id=member.project_id, member_id=member.pk, state=AssignmentState.LEASED.value
    )
    return list(leased.order_by("id").values_list("id", "uuid"))


def own(*, member: Member, uuid: UUID) -> Assignment:
    """Lock the member's assignment of that id, and return it.

    Raises
    ------
    NotYours
        It is another member's, or there is none. The two cannot be told apart.
    """
    # By id alone, for the same reason as above; the caller looks at the state.
    found = Assignment.objects.select_for_update().filter(project_id=member.project_id, uuid=uuid, member_id=member.pk)
    for assignment in found:
        return assignment
    raise NotYours


def run_again(*, assignment: int, project: Project, shown: bool) -> bool:
    """Let a lease run its full length again; false where it has ended meanwhile.

    ``shown``: the pair is put on the page again, with the newest guidelines, by which it is judged.
    """
    at = {"project": project.pk, "assignment": assignment, "lease": project.lease_seconds, "shown": shown}
    return bool(query_value(RENEW, at))


@transaction.atomic
def renew(*, member: Member, assignment_uuid: UUID) -> bool:
    """Let the lease run its full length again, at a heartbeat of the page. False where it has ended.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    if assignment.state != AssignmentState.LEASED:
        return False
    return run_again(assignment=assignment.pk, project=member.project, shown=False)


@transaction.atomic
def leave(*, member: Member, assignment_uuid: UUID) -> None:
    """Shorten the lease: the page was closed or is reloading. Returning within 60 s resumes it.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    if assignment.state == AssignmentState.LEASED:
        execute(LEAVE, {"leaving": LEAVING_SECONDS, "assignment": assignment.pk})


@transaction.atomic
def release(*, member: Member, assignment_uuid: UUID) -> Assignment:
    """Return an unfinished pair to the queue, shortly after the furthest mark.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    assignment = own(member=member, uuid=assignment_uuid)
    if assignment.state != AssignmentState.LEASED:  # released twice, or already submitted: keep the first outcome
        return assignment
    assignment.state = AssignmentState.RELEASED.value
    assignment.save(update_fields=["state"])
    if assignment.slot_id is not None:
        slots.reopen(project=member.project, slots=[assignment.slot_id])
    return assignment
