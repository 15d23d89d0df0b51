"""What the server itself answers, where Django never sees a request: it is malformed, too large, too slow or one too many."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from waitress.task import ErrorTask
from waitress.utilities import Error

from common.web import faults
from common.web.faults import Fault
from common.web.surfaces import below_api
from config.security import ALWAYS, API_POLICY

_OF_WAITRESS: Final = {
    fault.status: fault
    for fault in (
        faults.UNREADABLE,
        faults.TOO_LARGE,
        faults.HEADERS_TOO_LARGE,
        faults.FAILED,
        faults.NOT_IMPLEMENTED,
    )
}
"""How waitress's own errors are answered, by their status."""
_HEADERS: Final = [*ALWAYS.items(), ("Cache-Control", "no-store"), ("Content-Security-Policy", API_POLICY)]


class Refusal(Error):
    """A request that is not passed on to Django, and how it is answered."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault
        self.code = fault.status


class Answered(Error):
    """A request that Django has refused before its body came, with Django's answer."""

    def __init__(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        super().__init__(status)
        self.code = int(status.split(" ", 1)[0])
        self.status = status
        self.headers = [header for header in headers if header[0].lower() != "content-length"]
        self.content = content


class RefusalTask(ErrorTask):
    """Answer a refusal in the product's words and with its headers: problem details under `/api/`, else a line of text."""

    def execute(self) -> None:
        error = self.request.error
        request = (
            self.channel.last or self.request
        )  # what waitress puts in the place of a request that failed has no address
        if isinstance(error, Answered):  # of which Django has written a line
            self.status, headers, body = error.status, error.headers, error.content
        else:
            fault = error.fault if isinstance(error, Refusal) else _OF_WAITRESS.get(error.code, faults.UNREADABLE)
            self.status = f"{fault.status} {HTTPStatus(fault.status).phrase}"
            faults.log_fault(
                fault,
                method=getattr(request, "command", ""),
                path=request.path,
                request_id=request.request_id,
                ip=self.channel.client(request),
            )
            kind, body = _shaped(fault, request.path)
            headers = [("Content-Type", kind), ("X-Request-ID", request.request_id), *_HEADERS, *fault.headers.items()]
        self.response_headers += headers
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if getattr(self.request, "command", "") == "HEAD" else body)


def _shaped(fault: Fault, path: str) -> tuple[str, bytes]:
    """Return the content type and the body by which a fault is answered at a path."""
    if not below_api(path):
        return "text/plain; charset=utf-8", f"{fault.sentence}\n".encode()
    from common.api.problems import of_fault  # needs Django's settings, which gunicorn has read by now

    answer = of_fault(fault).response()
    return answer["Content-Type"], answer.content
