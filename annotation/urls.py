"""Addresses of the pages. Names are used with the namespace: ``annotation:judge``."""

from __future__ import annotations

from django.urls import path

from annotation.views import home

app_name = "annotation"

urlpatterns = [
    path("", home.home, name="home"),
]
