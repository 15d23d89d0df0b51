"""Export datasets as files of lines."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.operation import Operation
from annotation.api.permissions import project_of
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.web.downloads import download
from quality.pages.report import agreement
from reward.api.shapes import ExportQuery
from reward.services import exports

MEDIA_TYPE: Final = "application/x-ndjson; charset=utf-8"


class Export(Operation):
    """A dataset of a project as it stands now."""

    scopes = {"GET": Scope.DATASETS_READ}
    queries = {"GET": ExportQuery}

    @extend_schema(
        operation_id="export",
        parameters=[
            ExportQuery,
            OpenApiParameter(
                "Concord-Manifest",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="Where the manifest of this dataset is.",
            ),
            OpenApiParameter(
                "Repr-Digest",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="SHA-256 of the file (RFC 9530), in base64; the manifest has the same one.",
            ),
        ],
        responses=answers(
            {(200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.BINARY, "The lines.")}, 404, 503, 507
        ),
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Download a dataset: one snapshot. It is written down first, so that what comes is whole; this takes a while."""
        export = exports.open_export(project=project_of(request, slug), **self.query)
        content = export.lines()
        response = download(request._request, content, file_name=export.file_name, content_type=MEDIA_TYPE)
        response["Concord-Manifest"] = f"{reverse('reward-api:manifest', args=[slug])}?{urlencode(self.query)}"
        return response


class Manifest(Operation):
    """What a dataset is made of."""

    scopes = {"GET": Scope.DATASETS_READ}
    queries = {"GET": ExportQuery}

    @extend_schema(
        operation_id="manifest", parameters=[ExportQuery], responses=answers({200: OpenApiTypes.OBJECT}, 404, 503)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Counts, policies, agreement and SHA-256 of the dataset as it would be written now.

        Compare the hash with that of the file you have: they differ if somebody judged in between.
        """
        return Response(exports.manifest(project=project_of(request, slug), agreement=agreement, **self.query))
