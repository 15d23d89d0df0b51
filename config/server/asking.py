"""Asks Django whether a large body may come, before it comes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from waitress.utilities import Error

from common.web import admission
from common.web.faults import FAILED
from config.server.refusals import Answered, Refusal

if TYPE_CHECKING:
    from config.server.channels import Channel, Parser

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a body: a key of their account, and their address behind the proxies that Django believes; it may be empty."""

    person: str
    address: str


class Question:
    """A task for a thread. The connection may be closed, or its request refused, before it begins and while it runs."""

    def __init__(self, channel: Channel, request: Parser, decided: Callable[[Question, Sender | Error], None]) -> None:
        self.channel = channel
        self.request = request
        self.address = channel.client(request)
        self.environ = _without_body(channel, request)
        self.decided = decided

    def waits(self) -> bool:
        """Return whether the connection still waits for the answer."""
        return bool(self.channel.connected) and self.channel.question is self

    def service(self) -> None:
        """Ask, unless nobody waits for it any more."""
        if not self.waits():
            return
        answer: Sender | Error
        try:
            answer = ask(self.channel.server.application, self.environ)
        except Exception:
            log.exception("it could not be asked whether a body may come")
            answer = Refusal(FAILED)
        self.decided(self, answer)

    def cancel(self) -> None:
        """Do nothing: the process ends, and the connection with it."""


def _without_body(channel: Channel, request: Parser) -> dict[str, Any]:
    """Return the request as Django reads it, without its body."""
    environ: dict[str, Any] = channel.task_class(channel, request).get_environment()
    environ.pop("wsgi.file_wrapper", None)
    if request.chunked:  # which waitress takes away, and gives a length when all has come
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    return {**environ, "wsgi.input": BytesIO()}


def ask(application: Any, environ: dict[str, Any]) -> Sender | Error:
    """Return who sends the body, or the refusal."""
    found = admission.Admission()
    environ[admission.KEY] = found
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        begun.append((status, headers))
        return written.append

    content = application(environ, start_response)
    try:
        written += content
    finally:
        if hasattr(content, "close"):
            content.close()
    status, headers = begun[-1]
    if found.person and status.startswith("204"):
        return Sender(found.person, str(environ.get("REMOTE_ADDR", "")))
    if status.startswith("2"):
        log.error("an address of large bodies does not say who may send them: %s", environ.get("PATH_INFO"))
        return Refusal(FAILED)
    return Answered(status, headers, b"".join(written))
