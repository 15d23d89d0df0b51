"""What all operations share: strict parameters and bodies, rate headers, one shape of errors. A class is one URL."""

from __future__ import annotations

from typing import Any, ClassVar, Final, TypeVar, cast

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from common.api.fields import Query
from common.api.parsers import MOST_BYTES, StrictJSON, too_large, upload
from common.api.problems import MEDIA_TYPE, Error, Problem, errors_of, invalid, not_found
from common.refusals import excerpt

S = TypeVar("S", bound=serializers.Serializer[Any])


class OneFormat(BaseContentNegotiation):
    """Each operation has one format of answer; the client's ``Accept`` is not consulted."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        found = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == found), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Operation(APIView):
    """A URL of the API. Who may use it is for a subclass to say; by DRF's settings nobody may.

    ``queries`` says which parameters a method takes; their values are then in ``self.query``.
    """

    parser_classes = [StrictJSON]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = OneFormat
    http_method_names = ["get", "head", "post"]

    queries: ClassVar[dict[str, type[Query]]] = {}
    rate_headers: dict[str, str]
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_nul(request._request)
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else request.method or ""
        self.query = read_query(self.queries.get(method, Query), request)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(self, "rate_headers", {}).items():
            response[name] = value
        return response

    def body(self, request: Request, shape: type[S]) -> dict[str, Any]:
        """Return the body's values, if it has this shape and no other."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length[:20]) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        if "HTTP_TRANSFER_ENCODING" in request.META:  # Django takes a body without a length for an empty one
            stream = upload(request._request, allowed=frozenset({StrictJSON.media_type}), limit=MOST_BYTES)
            data = StrictJSON().parse(cast(Any, stream))
        else:
            data = request.data
        read = shape(data=data)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)


class UnknownUrl(APIView):
    """Every other URL below ``/api/``: 404 in the API's own shape, with or without a token."""

    authentication_classes = []
    permission_classes = []
    content_negotiation_class = OneFormat
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_nul(request._request)
        raise not_found()


def read_query(shape: type[Query], request: Request) -> dict[str, Any]:
    """Return the parameters' values; refuse unknown and repeated ones."""
    given = request.query_params
    code = "unknown_filter" if request.method in {"GET", "HEAD"} else "unknown_parameter"
    read = shape(data={key: values[-1] for key, values in given.lists()})
    wrong = [
        *(
            Error(path=parameter_path(key), code=code, message="There is no such parameter.")
            for key in given
            if key not in read.fields
        ),
        *(
            Error(path=parameter_path(key), code="repeated_parameter", message="Give this parameter once.")
            for key, values in given.lists()
            if key in read.fields and len(values) > 1
        ),
    ]
    if not wrong and not read.is_valid():
        details = serializers.ValidationError(read.errors).get_full_details()
        wrong = list(errors_of(details, "?"))
    if wrong:
        raise invalid(wrong)
    return dict(read.validated_data)


def parameter_path(key: str) -> str:
    """Return the ``path`` of an error in a parameter, whatever its name holds."""
    return f"?{key}" if key.isidentifier() and key.isascii() else f"?{excerpt(key)}"


def refuse_nul(request: HttpRequest) -> None:
    """Refuse a NUL in the URL: none of ours has one, and PostgreSQL takes none."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Problem(400, "nul_character", "The address holds the NUL character.")


class ErrorOut(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="A JSON path, `?parameter`, or a header's name.")
    code = serializers.CharField(help_text="Stable; made for programs.")
    message = serializers.CharField(help_text="A sentence for people.")


class ProblemOut(serializers.Serializer[Any]):
    """What went wrong, in the shape of RFC 9457."""

    type = serializers.CharField(help_text="`urn:concord:problem:` and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ErrorOut(many=True)  # type: ignore[assignment]


_DESCRIPTIONS: Final = {
    400: "The request cannot be read, or a value of it cannot be taken.",
    401: "No token, or one that does not work.",
    403: "The token is for something else, or its owner manages the project no more.",
    404: "There is nothing of that name that this token can see.",
    409: "It is taken, or not in that state.",
    408: "The body took too long to arrive; nothing was stored.",
    411: "The body's length is missing.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body has another content type.",
    422: "The idempotency key was used before with another body.",
    503: "The database does not answer, or as many large requests go on as may; `Retry-After` says when to come back.",
    507: "There is no room left on the disk.",
    429: "Too many requests; `Retry-After` says when to come back.",
}


def answers(good: dict[Any, Any], *also: int) -> dict[Any, Any]:
    """Return an operation's answers for the schema: its good ones, and the problems every operation may have."""
    bad = {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemOut, description=_DESCRIPTIONS[status])
        for status in sorted({400, 401, 403, 414, 429, 503, *also})
    }
    return {**good, **bad}
