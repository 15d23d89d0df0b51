"""Addresses of a site with answers whose bodies fail while they are sent, for a web process of a test."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from common.storage import temporary_file
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401
from config.urls import urlpatterns as _of_the_product

ERRORS = {"ours": ValueError, "of-a-file": OSError}


def failing(request: HttpRequest, kind: str, after: int) -> HttpResponseBase:
    """Send so many lines, then fail; with ``?length`` the length of more is announced."""

    def lines() -> Iterator[bytes]:
        for n in range(after):
            yield b"%09d\n" % n
        raise ERRORS[kind]("on the way")

    response = StreamingHttpResponse(lines(), content_type="application/x-ndjson")
    if "length" in request.GET:
        response["Content-Length"] = str(10 * after + 10)
    return response


def whole(request: HttpRequest) -> HttpResponseBase:
    """Send a file, as downloads are."""
    file = temporary_file()
    file.write(b"a line\n" * 100_000)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="whole.jsonl")


urlpatterns = [*_of_the_product, path("fails/<kind>/<int:after>", failing), path("whole", whole)]
