"""How far to trust the judgements."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.jobs import accepted
from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.api.shapes import JobOut
from annotation.vocabulary import Scope
from common.api.fields import Body
from common.api.operation import answers
from common.api.problems import Problem
from quality.api.shapes import QualityOut
from quality.pages.report import report
from quality.selectors import figures, runs
from quality.services import computation


class Quality(Operation):
    """A project's figures."""

    scopes = {"GET": Scope.QUALITY_READ, "POST": Scope.QUALITY_READ}

    @extend_schema(operation_id="quality", responses=answers({200: QualityOut}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """The newest stored figures, each with its interval, its n and its method, or the reason why there is none."""
        run = runs.latest_run(project_of(request, slug))
        if run is None:
            raise Problem(
                404, "not_computed", "Nobody has computed this project's quality yet; POST here to ask for it."
            )
        return Response(report(figures.of_run(run), figures.matrices(run)))

    @extend_schema(operation_id="compute_quality", request=None, responses=answers({202: JobOut}, 404, 413, 415))
    def post(self, request: Request, slug: str) -> Response:
        """Compute them again. Asking twice before it begins is asking once."""
        project = project_of(request, slug)
        self.body(request, Body)
        return accepted(computation.ask(project=project, by=token_of(request).user))
