"""Flag a pair for the managers."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from annotation.models import Flag, Member
from annotation.services import handout
from annotation.services.locks import lock_member
from annotation.vocabulary import FlagReason


@transaction.atomic
def flag(*, member: Member, assignment_uuid: UUID, reason: FlagReason, note: str = "") -> Flag:
    """Report a pair to the managers. The lease stays; a second flag with the same reason replaces the first.

    Raises
    ------
    NotYours
        No assignment of this member has that id.
    """
    lock_member(member)
    assignment = handout.own(member=member, uuid=assignment_uuid)
    made, _ = Flag.objects.update_or_create(
        project_id=assignment.project_id,
        assignment=assignment,
        reason=reason.value,
        defaults={"at": Now(), **({"note": note} if note else {})},  # given again, it is the latest that was done
        create_defaults={"member_id": assignment.member_id, "note": note},
    )
    return made
