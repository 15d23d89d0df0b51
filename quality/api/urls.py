"""URLs of quality's operations, below ``/api/v1/``. Names: ``quality-api:quality``."""

from __future__ import annotations

from django.urls import path

from quality.api import disagreements, quality, rules

app_name = "quality-api"

urlpatterns = [
    path("projects/<slug:slug>/quality", quality.Quality.as_view(), name="quality"),
    path("projects/<slug:slug>/quality/groups", quality.Groups.as_view(), name="groups"),
    path("projects/<slug:slug>/rules", rules.Rules.as_view(), name="rules"),
    path("projects/<slug:slug>/rules/actions", rules.Actions.as_view(), name="rule_actions"),
    path("projects/<slug:slug>/rules/actions/<int:action>", rules.OneAction.as_view(), name="rule_action"),
    path("projects/<slug:slug>/disagreements", disagreements.Disagreements.as_view(), name="disagreements"),
    path("projects/<slug:slug>/adjudications", disagreements.Adjudications.as_view(), name="adjudications"),
    path("projects/<slug:slug>/quality/annotator-pairs", quality.PairsOfAnnotators.as_view(), name="annotator_pairs"),
]
