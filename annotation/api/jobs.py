"""Jobs: started by several operations, with one URL for their state."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import ANY, token_of
from annotation.api.shapes import JobOut
from annotation.models import Job
from annotation.notify import notify_workers
from annotation.selectors import jobs
from annotation.services.access import tokens
from common.api.operation import answers
from common.api.problems import not_found


class JobStatus(Operation):
    """A job that this token's owner asked for, in a project the token is bound to."""

    scopes = {"GET": ANY}

    @extend_schema(operation_id="job", responses=answers({200: JobOut}, 404))
    def get(self, request: Request, uuid: UUID) -> Response:
        """How far a job is, and what came of it."""
        token = token_of(request)
        job = jobs.anywhere(uuid=uuid)
        mine = job is not None and job.asked_by_id == token.user_id
        if job is None or not mine or not tokens.reachable(token).filter(pk=job.project_id).exists():
            raise not_found()
        return Response(JobOut(job).data)


def accepted(job: Job) -> Response:
    """Notify the workers, and answer 202 with the job to follow."""
    notify_workers(job)
    address = reverse("annotation-api:job", args=[job.uuid])
    return Response(JobOut(job).data, status=202, headers={"Location": address})
