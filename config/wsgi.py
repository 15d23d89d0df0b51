"""The WSGI application. gunicorn imports it once, before it forks the workers."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

application = get_wsgi_application()


def _warm_up() -> None:
    """Load routes, views, template tags and templates before the fork, so that no worker has to on its first request."""
    from django.template.loader import get_template
    from django.urls import resolve

    resolve("/healthz")
    get_template("annotation/judge.html")


_warm_up()
