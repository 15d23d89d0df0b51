"""Imports: an uploaded file is streamed to the storage, and a job stores its lines."""

from __future__ import annotations

import re
from typing import Any, Final, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.jobs import accepted
from annotation.api.operation import Operation
from annotation.api.permissions import project_of, token_of
from annotation.api.shapes import ImportOut, ImportQuery, JobOut, QuarantinedOut
from annotation.pages import import_report
from annotation.selectors import imports as reports
from annotation.services.intake import idempotency, imports, uploads
from annotation.vocabulary import Scope
from common.api.operation import answers
from common.api.pagination import PageQuery, page
from common.api.parsers import too_large, upload
from common.api.problems import Problem, not_found
from common.web import admission

TYPES: Final = frozenset({"application/x-ndjson", "application/json", "application/octet-stream"})
KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)

_KEY_HEADER: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,200}$", "minLength": 1, "maxLength": 200},
    OpenApiParameter.HEADER,
    description="1 to 200 visible ASCII characters of your own: sent again with the same body, it is the same import; with another "
    "body it is refused (422).",
)


class Imports(Operation):
    """Files sent into a project."""

    parser_classes = []  # the body is a file: it is read in pieces, here
    scopes = {"POST": Scope.PROMPTS_WRITE}
    queries = {"POST": ImportQuery}

    @extend_schema(
        operation_id="import",
        parameters=[ImportQuery, _KEY_HEADER],
        request={name: {"type": "string", "format": "binary", "minLength": 1} for name in sorted(TYPES)},
        responses=answers({202: JobOut}, 404, 408, 411, 413, 415, 422, 507),
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Send a file as the body. Its lines are accepted, unchanged or quarantined, each for itself."""
        project = project_of(request, slug)
        key = _key(request)
        stream = upload(request._request, allowed=TYPES, limit=settings.IMPORT_MAX_BYTES, may_be_empty=False)
        if admission.asked(request._request):
            return admission.admit(request._request, person=token_of(request).user.pk)
        try:
            run = imports.start(project=project, stream=cast(Any, stream), by=token_of(request).user, **self.query)
            run = idempotency.one_import(run=run, key=key) if key else run
        except uploads.TooLarge:
            raise too_large(settings.IMPORT_MAX_BYTES) from None
        except idempotency.KeyReused:
            sentence = "This key was used before with another body; use a new one."
            raise Problem(422, "key_reused", sentence, path="Idempotency-Key") from None
        return accepted(run.job)


class OneImport(Operation):
    """What became of a file."""

    scopes = {"GET": Scope.PROMPTS_WRITE}
    queries = {"GET": PageQuery}

    @extend_schema(operation_id="import_report", parameters=[PageQuery], responses=answers({200: ImportOut}, 404))
    def get(self, request: Request, slug: str, uuid: UUID) -> Response:
        """Its counts so far, its warnings, and the lines that were quarantined, with their reasons."""
        run = reports.of_job(project=project_of(request, slug), uuid=uuid)
        if run is None:
            raise not_found()

        def fetch(after: list[Any] | None, most: int) -> list[dict[str, Any]]:
            lines = import_report.lines(reports.quarantined(run, after=after[0] if after else 0, most=most))
            return [dict(QuarantinedOut(line).data) for line in lines]

        errors = page(of=f"import:{run.pk}", **self.query, fetch=fetch, place=lambda row: [row["line"]])
        report = import_report.worded(reports.report(run, most=0))
        names = ("format", "file_name", "size", "sha256")
        counts = ("accepted", "unchanged", "quarantined", "blank", "prompts", "pairs", "judgements", "warnings")
        return Response(
            {"job": JobOut(run.job).data}
            | {name: getattr(run, name) for name in names}
            | {name: report[name] for name in counts}
            | {"errors": errors["results"], "next_cursor": errors["next_cursor"]}
        )


def _key(request: Request) -> str:
    """Return the key, empty where the header is absent; an empty one would be no key of anybody's."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return ""
    if not KEY.fullmatch(key):
        sentence = "A key has 1 to 200 visible ASCII characters."
        raise Problem(400, "bad_value", sentence, path="Idempotency-Key")
    return str(key)
