"""Request bodies: small JSON, parsed strictly, and large files, streamed in chunks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any, Final

from django.http import HttpRequest, UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from common.api.problems import Problem
from common.refusals import Refused
from common.sentences import STRICT_JSON, sentence
from common.strict_json import UTF8_BOM, strict_json

MOST_BYTES: Final = 1 << 20
PIECE: Final = 1 << 16

SENTENCES: Final = {**STRICT_JSON, "too_deep": "The body is nested more than {most} levels deep at byte {byte}."}


class StrictJSON(BaseParser):
    """One JSON value of at most 1 MiB, as RFC 8259 defines it and nothing more: see ``strict_json``."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        content_type = media_type or self.media_type
        refuse_charset(content_type)
        held = bytearray()
        while piece := stream.read(PIECE):
            held += piece
            if len(held) > MOST_BYTES:
                raise too_large(MOST_BYTES)
        try:
            # one value and not lines: a carriage return between its parts is plain white space
            return strict_json(bytes(held).removeprefix(UTF8_BOM).replace(b"\r", b"\n"))
        except Refused as refused:
            message = sentence(SENTENCES, refused.code, refused.arguments, refused.path)
            raise Problem(400, refused.code, message, path=refused.path or "$") from None


class Upload(io.RawIOBase):
    """The body of a request as a stream: counted, never held, and never taken for complete when it was cut.

    Raises
    ------
    Problem
        411 without a length (or chunks that the server ends for us), 413 above ``limit``; while reading 413 where the
        body is longer than its stated length, and 400 where it ends before that, or has nothing
        though it may not be empty.
    """

    def __init__(self, request: HttpRequest, *, limit: int, may_be_empty: bool = True) -> None:
        self.request = request
        self.limit = limit
        self.may_be_empty = may_be_empty
        self.size = 0
        self.expected: int | None = None
        self.chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        if self.chunked and request.META.get("wsgi.input_terminated"):
            return
        length = request.META.get("CONTENT_LENGTH") or ""
        if not (length.isascii() and length.isdigit()):
            raise Problem(411, "length_required", "Say how long the body is.", path="Content-Length")
        self.expected = int(length[:20])
        if self.expected > limit:
            raise too_large(limit)
        if self.expected == 0 and not may_be_empty:
            raise empty_file()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = PIECE if size is None or size < 0 else min(size, PIECE)
        try:
            piece = self._next(wanted)
        except OSError as error:
            raise UnreadablePostError(*error.args) from error
        self.size += len(piece)
        if self.size > self.limit:
            raise too_large(self.limit)
        if not piece and self.expected is not None and self.size < self.expected:
            sentence = f"The body ended after {self.size:,} of {self.expected:,} bytes; nothing of it is kept."
            raise Problem(400, "incomplete_body", sentence)
        if not self.size and not self.may_be_empty:  # in chunks: only now it is known
            raise empty_file()
        return piece

    def _next(self, size: int) -> bytes:
        if self.expected is None:  # Django gives nothing of a body without a length; the server ends this one
            return bytes(self.request.META["wsgi.input"].read(size))
        return self.request.read(size)


def upload(request: HttpRequest, *, allowed: frozenset[str], limit: int, may_be_empty: bool = True) -> Upload:
    """Return the body as a stream, if its headers say that it is of an allowed type and not compressed."""
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.split(";")[0].strip().lower() not in allowed:
        raise UnsupportedMediaType(content_type)
    refuse_charset(content_type)
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise Problem(415, "unsupported_encoding", "Send the file as it is, not packed.", path="Content-Encoding")
    return Upload(request, limit=limit, may_be_empty=may_be_empty)


def refuse_charset(content_type: str) -> None:
    """Refuse another character set than UTF-8, which JSON always has."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(content_type)


def empty_file() -> Problem:
    """Return the problem of a file without a byte."""
    return Problem(400, "empty_file", "The body is empty.", path="$")


def too_large(limit: int) -> Problem:
    """Return the problem of a body above ``limit`` bytes."""
    return Problem(413, "body_too_large", f"The body is larger than {limit:,} bytes.")
