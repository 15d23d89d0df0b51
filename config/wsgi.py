"""What gunicorn serves. It is imported once, before the workers are forked."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

application = get_wsgi_application()


def _warm_up() -> None:
    """Load what the first request would load in each worker anew: routes with their views, template tags, templates."""
    from django.template.loader import get_template
    from django.urls import resolve

    resolve("/healthz")
    get_template("annotation/judge.html")


_warm_up()
