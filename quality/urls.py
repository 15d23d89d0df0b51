"""URLs of quality's pages, below a project's own: ``quality:dashboard``."""

from __future__ import annotations

from django.urls import path

from quality.views import (
    agreement,
    definitions,
    disagreements,
    drift,
    gold,
    groups,
    noise,
    pages,
    rules,
    slices,
    standing,
)

app_name = "quality"

urlpatterns = [
    path("", pages.dashboard, name="dashboard"),
    path("recompute", pages.recompute, name="recompute"),
    path("annotators", pages.annotators, name="annotators"),
    path("annotators/<int:number>", pages.annotator, name="annotator"),
    path("agreement", agreement.agreement, name="agreement"),
    path("noise", noise.noise, name="noise"),
    path("drift", drift.drift, name="drift"),
    path("definitions", definitions.definitions, name="definitions"),
    path("gold", gold.gold, name="gold"),
    path("gold/find", gold.find, name="gold_find"),
    path("gold/<int:pair>", gold.pair, name="gold_pair"),
    path("gold/<int:pair>/change", gold.change, name="gold_change"),
    path("slices", slices.slices, name="slices"),
    path("groups", groups.groups, name="groups"),
    path("rules", rules.log, name="rules"),
    path("rules/change", rules.change, name="rules_change"),
    path("rules/<int:action>", rules.action, name="rule_action"),
    path("rules/<int:action>/decide", rules.decide, name="rule_decide"),
    path("standing", standing.standing, name="standing"),
    path("standing/<int:action>/appeal", standing.appeal, name="appeal"),
    path("disagreements", disagreements.disagreements, name="disagreements"),
    path("disagreements/<int:pair>", disagreements.disagreement, name="disagreement"),
    path("disagreements/<int:pair>/withdraw", disagreements.withdraw, name="adjudication_withdraw"),
]
