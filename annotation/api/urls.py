"""URLs of annotation's operations, below ``/api/v1/``. Names: ``annotation-api:imports``."""

from __future__ import annotations

from django.urls import path

from annotation.api import imports, jobs, judgements, pairs, projects

app_name = "annotation-api"

urlpatterns = [
    path("projects", projects.Projects.as_view(), name="projects"),
    path("projects/<slug:slug>", projects.OneProject.as_view(), name="project"),
    path("projects/<slug:slug>/imports", imports.Imports.as_view(), name="imports"),
    path("projects/<slug:slug>/imports/<uuid:uuid>", imports.OneImport.as_view(), name="import"),
    path("projects/<slug:slug>/pairs", pairs.Pairs.as_view(), name="pairs"),
    path("projects/<slug:slug>/annotations", judgements.Annotations.as_view(), name="annotations"),
    path("jobs/<uuid:uuid>", jobs.JobStatus.as_view(), name="job"),
]
