"""Idempotency keys of submissions: a repeated request is stored once and gets the same answer."""

from __future__ import annotations

from uuid import UUID

from annotation.models import AnnotationRevision, Member
from annotation.services.judging.judgement import Acknowledgement


class KeyReused(Exception):
    """The submit key was used before, for something else."""


def replay(*, member: Member, submit_key: UUID, body: bytes) -> Acknowledgement | None:
    """Return what was answered to this key, null if it is new. Behind the member's lock.

    Raises
    ------
    KeyReused
        The key came before with another body.
    """
    # The key is unique: ordered and limited, as by `first()`, a young table would be walked by id instead.
    earlier = AnnotationRevision.objects.filter(
        project_id=member.project_id, member_id=member.pk, submit_key=submit_key
    ).values_list("body_hash", "annotation__assignment__uuid", "n", "kind", "annotation__surplus")
    for body_hash, assignment, n, kind, surplus in earlier:
        if bytes(body_hash) != body:
            raise KeyReused
        return Acknowledgement(assignment, n, kind, surplus)
    return None
