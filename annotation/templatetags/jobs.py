"""Jobs in templates."""

from __future__ import annotations

from django import template

from annotation.models import Job
from annotation.pages import jobs

register = template.Library()


@register.filter
def message(job: Job) -> str:
    """``{{ job|message }}``: what a job does, or why it failed."""
    return jobs.message(job)
