"""Addresses of the managing pages; annotation.urls takes them in, so their names are ``annotation:members``."""

from __future__ import annotations

from django.urls import path

from annotation.views import flags, imports, jobs, members, pairing, projects

urlpatterns = [
    path("projects", projects.listed, name="projects"),
    path("projects/new", projects.new, name="project_new"),
    path("p/<slug:slug>/settings", projects.settings, name="project_settings"),
    path("p/<slug:slug>/settings/state", projects.move, name="project_move"),
    path("p/<slug:slug>/settings/guidelines", projects.guidelines_edit, name="guidelines_edit"),
    path("p/<slug:slug>/members", members.members, name="members"),
    path("p/<slug:slug>/members/<int:number>", members.member, name="member"),
    path("p/<slug:slug>/members/<int:number>/state", members.member_state, name="member_state"),
    path("p/<slug:slug>/imports", imports.imports, name="imports"),
    path("p/<slug:slug>/imports/<int:number>", imports.import_report, name="import_report"),
    path("p/<slug:slug>/imports/<int:number>/lines", imports.import_lines_raw, name="import_lines"),
    path("p/<slug:slug>/imports/<int:number>/report.csv", imports.import_csv, name="import_csv"),
    path("p/<slug:slug>/pairs", pairing.pairing, name="pairing"),
    path("p/<slug:slug>/flags", flags.flags, name="flags"),
    path("p/<slug:slug>/jobs/<uuid:uuid>", jobs.job, name="job"),
]
