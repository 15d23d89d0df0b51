"""Which source models people prefer, and how sure that is."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.jobs import accepted
from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.api.shapes import JobOut
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.problems import Problem
from reward.api.shapes import FitIn, RatingsOut
from reward.pages.report import report
from reward.pages.wording import NO_ANNOTATORS
from reward.selectors.ratings import latest_run, of_run
from reward.services import ratings


class Ratings(Operation):
    """A project's ratings."""

    scopes = {"GET": Scope.RATINGS_READ, "POST": Scope.RATINGS_READ}

    @extend_schema(operation_id="ratings", responses=answers({200: RatingsOut}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """The newest stored fit; strongest first, those without a rating last."""
        run = latest_run(project_of(request, slug))
        if run is None:
            raise Problem(404, "not_fitted", "Nobody has fitted this project's ratings yet; POST here to ask for it.")
        return Response(report(run, of_run(run)))

    @extend_schema(operation_id="fit_ratings", request=FitIn, responses=answers({202: JobOut}, 404, 408, 413, 415))
    def post(self, request: Request, slug: str) -> Response:
        """Fit them again. Asking twice before it begins is asking once."""
        project = project_of(request, slug)
        try:
            how = ratings.FitParameters(**self.body(request, FitIn))
        except ratings.NoAnnotators:
            raise Problem(400, "bad_value", NO_ANNOTATORS, path="$.intervals") from None
        return accepted(ratings.ask(project=project, by=token_of(request).user, parameters=how))
