"""The roof: wires annotation, quality and reward together."""

from __future__ import annotations

try:
    from config.celery import app as celery_app
except ModuleNotFoundError:  # the embedded services start before anything is installed
    celery_app = None  # type: ignore[assignment]

__all__ = ["celery_app"]
