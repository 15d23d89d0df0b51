"""URLs of reward's pages, below a project's own: ``reward:ratings``."""

from __future__ import annotations

from django.urls import path

from reward.views import ratings

app_name = "reward"

urlpatterns = [
    path("ratings", ratings.ratings, name="ratings"),
]
