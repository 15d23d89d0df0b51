"""URLs of reward's operations, below ``/api/v1/``. Names: ``reward-api:export``."""

from __future__ import annotations

from django.urls import path

from reward.api import exports, ratings

app_name = "reward-api"

urlpatterns = [
    path("projects/<slug:slug>/ratings", ratings.Ratings.as_view(), name="ratings"),
    path("projects/<slug:slug>/export", exports.Export.as_view(), name="export"),
    path("projects/<slug:slug>/export/manifest", exports.Manifest.as_view(), name="manifest"),
]
