"""Annotations of a project."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import project_of
from annotation.api.shapes import AnnotationOut, AnnotationPage, AnnotationQuery
from annotation.selectors.listing import judgements
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.pagination import page


class Annotations(Operation):
    """Annotations of a project."""

    scopes = {"GET": Scope.ANNOTATIONS_READ}
    queries = {"GET": AnnotationQuery}

    @extend_schema(
        operation_id="list_annotations", parameters=[AnnotationQuery], responses=answers({200: AnnotationPage}, 404)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Annotations in the order in which they last changed; what changes while you read comes once more."""
        project = project_of(request, slug)
        which = self.query.pop("which")

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            behind = (datetime.fromisoformat(after[0]), int(after[1])) if after else None
            return judgements.page(project=project, which=which, after=behind, most=most)

        found = page(
            of=f"annotations:{project.pk}:{which}",
            **self.query,
            fetch=fetch,
            place=lambda row: [row["at"].isoformat(), row["pk"]],
        )
        return Response(found | {"results": AnnotationOut(found["results"], many=True).data})
