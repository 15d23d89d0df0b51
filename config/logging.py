"""Structured logs: one JSON object per line, so that text from outside cannot forge an entry."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from common.refusals import excerpt

LONGEST: Final = 200
"""Characters kept of what a client sent that was refused."""

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def _without_request_started(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop "request_started": the line about the end of a request has it all."""
    if event.get("event") == "request_started":
        raise structlog.DropEvent
    return event


_TOKEN = re.compile(r"ccd_[A-Za-z0-9_-]+")


def _masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask API tokens, in case somebody put one where it does not belong, such as into a URL."""
    for key, value in event.items():
        if isinstance(value, str) and "ccd_" in value:
            event[key] = _TOKEN.sub("ccd_…", value)
    return event


class ClientsMistakes(logging.Handler):
    """Writes what Django refuses in the name of security (a host, a form with too many fields, a token) as a short warning.

    Django logs such a request as an error of ours, with whatever it holds in full and where in Django it was noticed.
    """

    def emit(self, record: logging.LogRecord) -> None:
        request = getattr(record, "request", None)
        about = {"method": request.method, "path": excerpt(request.path_info, LONGEST)} if request is not None else {}
        _log.warning(
            "request_refused",
            reason=record.name.rpartition(".")[2],
            detail=excerpt(record.getMessage(), LONGEST),
            code=getattr(record, "status_code", None),
            **about,
        )


_log = structlog.get_logger(__name__)


def configure(*, json: bool, level: str) -> dict[str, Any]:
    """Configure structlog and return Django's ``LOGGING``. Without ``json``, lines are for reading at a terminal."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _without_request_started,
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    _masked,
                    renderer,
                ],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured"},
            "clients": {"()": ClientsMistakes},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.security": {"handlers": ["clients"], "propagate": False},
            "django.server": {"level": "WARNING"},
        },
    }
