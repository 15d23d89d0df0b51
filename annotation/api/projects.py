"""Projects: created, listed, shown."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import ANY, project_of, token_of
from annotation.api.shapes import ProjectIn, ProjectOut, ProjectPage
from annotation.services import projects
from annotation.services.access import tokens
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.pagination import PageQuery, page
from common.api.problems import Problem


class Projects(Operation):
    """Those the token is bound to."""

    scopes = {"GET": ANY, "POST": Scope.PROJECTS_WRITE}
    queries = {"GET": PageQuery}

    @extend_schema(operation_id="list_projects", parameters=[PageQuery], responses=answers({200: ProjectPage}))
    def get(self, request: Request) -> Response:
        """The projects this token is bound to, by slug."""
        reachable = tokens.reachable(token_of(request)).order_by("slug")

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            rows = reachable.filter(slug__gt=after[0]) if after else reachable
            return [dict(ProjectOut(project).data) for project in rows[:most]]

        return Response(page(of="projects", **self.query, fetch=fetch, place=lambda row: [row["slug"]]))

    @extend_schema(
        operation_id="create_project", request=ProjectIn, responses=answers({201: ProjectOut}, 409, 408, 413, 415)
    )
    def post(self, request: Request) -> Response:
        """Make a project in state `draft`. Its first manager is the token's owner, and the token is bound to it."""
        given = self.body(request, ProjectIn)
        try:
            project = tokens.create_project(token=token_of(request), **given)
        except projects.SlugTaken:
            raise Problem(409, "slug_taken", "Another project has that slug.", path="$.slug") from None
        return Response(ProjectOut(project).data, status=201)


class OneProject(Operation):
    """A project."""

    scopes = {"GET": ANY}

    @extend_schema(operation_id="project", responses=answers({200: ProjectOut}, 404))
    def get(self, request: Request, slug: str) -> Response:
        """Its state and its settings."""
        return Response(ProjectOut(project_of(request, slug)).data)
