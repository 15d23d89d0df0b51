"""The WSGI application. gunicorn imports it once, before it forks the workers."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

django.setup(set_prefix=False)

from common.storage import unwritable  # noqa: E402 - needs the settings
from config.guard import Application  # noqa: E402 - needs the settings

if problem := unwritable():
    sys.exit(f"Concord does not start: {problem}")

application = Application()


def _warm_up() -> None:
    """Load routes, views, template tags and templates before the fork, so that no worker has to on its first request."""
    from django.template.loader import get_template
    from django.urls import resolve

    resolve("/healthz")
    get_template("annotation/judge.html")


_warm_up()
