"""Home: what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.access import signed_in


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "annotation/home.html")
