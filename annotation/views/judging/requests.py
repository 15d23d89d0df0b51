"""What the views of the judging page share."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.urls import reverse

from annotation.models import Member
from annotation.services.access import audit
from annotation.views.access import EVERYBODY, MemberRequest, project_access

members_only = project_access(*EVERYBODY, site_admin=False)


def judge_url(member: Member) -> str:
    return reverse("annotation:judge", args=[member.project.slug])


def not_yours(request: MemberRequest, uuid: UUID) -> Http404:
    """Record that somebody asked for an assignment that is not theirs; return the 404 to raise."""
    audit.record(project=request.project, actor=request.user, action="assignment.not_yours", subject=str(uuid))
    return Http404()
