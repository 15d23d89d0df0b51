"""Export datasets as a stream of lines, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
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
from common.web.responses import attachment
from quality.pages.report import agreement
from reward.api.shapes import ExportQuery
from reward.services import exports

MEDIA_TYPE: Final = "application/x-ndjson; charset=utf-8"
PIECE: Final = 1 << 16


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
        ],
        responses=answers({(200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.BINARY, "The lines.")}, 404),
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Download a dataset: one snapshot, streamed."""
        export = exports.open_export(project=project_of(request, slug), **self.query)
        asked = request.method != "HEAD"  # HEAD: the headers alone, without a transaction
        content = snapshot_of(export) if asked else ()
        response = attachment(content, file_name=export.file_name, content_type=MEDIA_TYPE)
        response["Concord-Manifest"] = f"{reverse('reward-api:manifest', args=[slug])}?{urlencode(self.query)}"
        return response


class Manifest(Operation):
    """What a dataset is made of."""

    scopes = {"GET": Scope.DATASETS_READ}
    queries = {"GET": ExportQuery}

    @extend_schema(
        operation_id="manifest", parameters=[ExportQuery], responses=answers({200: OpenApiTypes.OBJECT}, 404)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Counts, policies, agreement and SHA-256 of the dataset as it would be written now.

        Compare the hash with that of the file you have: they differ if somebody judged in between.
        """
        return Response(exports.manifest(project=project_of(request, slug), agreement=agreement, **self.query))


def snapshot_of(export: exports.Export) -> Iterator[bytes]:
    """Yield the dataset in chunks. Closing it ends its transaction at once."""
    with closing(export.lines()) as lines:
        yield from pieces(lines)


def pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of useful size."""
    held = bytearray()
    for line in lines:
        held += line
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
