"""How far to trust the judgements."""

from __future__ import annotations

from typing import Any

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
from common.api.pagination import PageQuery, page
from common.api.problems import Error, Problem, invalid
from quality.api.shapes import GroupsOut, QualityOut, TwoAnnotatorsPage
from quality.pages.groups import described
from quality.pages.report import pairs_of_annotators, report
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
            raise _not_computed()
        return Response(report(figures.of_run(run), figures.reliability(run), figures.parts(run)))

    @extend_schema(operation_id="compute_quality", request=None, responses=answers({202: JobOut}, 404, 408, 413, 415))
    def post(self, request: Request, slug: str) -> Response:
        """Compute them again. Asking twice before it begins is asking once."""
        project = project_of(request, slug)
        self.body(request, Body)
        return accepted(computation.ask(project=project, by=token_of(request).user))


class Groups(Operation):
    """Groups of annotators."""

    scopes = {"GET": Scope.QUALITY_READ}

    @extend_schema(operation_id="quality_of_groups", responses=answers({200: GroupsOut}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """Agreement within and between groups of annotators, and whether groups prefer differently, by each attribute that the
        project names; 404 where it names none. No other operation and no export has attributes of annotators."""
        run = runs.latest_run(project_of(request, slug))
        found = None if run is None else figures.part(run, "groups")
        if found is None:
            raise _not_computed()
        return Response(described(found))


class PairsOfAnnotators(Operation):
    """The figures of every two annotators."""

    scopes = {"GET": Scope.QUALITY_READ}
    queries = {"GET": PageQuery}

    @extend_schema(
        operation_id="list_annotator_pairs", parameters=[PageQuery], responses=answers({200: TwoAnnotatorsPage}, 404)
    )
    def get(self, request: Request, slug: str) -> Response:
        """How far every two annotators who share two pairs or more agree, from the newest stored figures. All pages show the
        figures of the first, as long as they are kept: the three newest computations."""
        project = project_of(request, slug)
        run = runs.latest_run(project)
        if run is None:
            raise _not_computed()
        as_of = run.as_of

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            nonlocal as_of
            kept = runs.kept_run(project, after[0]) if after else run
            if kept is None:
                raise invalid([Error(path="?cursor", code="gone_cursor", message=GONE)])
            as_of, first = kept.as_of, after[1] + 1 if after else 0
            matrices, rows = figures.matrices(kept), slice(first, first + most)
            found = pairs_of_annotators(matrices, figures.names_in(kept, matrices, rows=rows), rows=rows)
            return [{**pair, "place": [kept.pk, n]} for n, pair in enumerate(found, start=first)]

        found = page(
            of=f"annotator-pairs:{project.pk}", **self.query, fetch=fetch, place=lambda row: list(row["place"])
        )
        for row in found["results"]:
            del row["place"]
        return Response({"as_of": as_of.isoformat(), **found})


GONE = "The figures of this cursor are not kept any more; begin again without a cursor."


def _not_computed() -> Problem:
    return Problem(
        404, "not_computed", "Nobody has computed this project's quality yet; POST to …/quality to ask for it."
    )
