"""The settings of a project."""

from __future__ import annotations

import pytest

from annotation.models import Project
from annotation.services import projects

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return projects.create(slug="everyday", name="Everyday", by=None)


class TestChangingSettings:
    def test_refuses_names_that_are_no_settings(self, project: Project) -> None:
        with pytest.raises(projects.UnknownSettings) as refused:
            projects.change_settings(project=project, by=None, slug="other", gold_rate=0.3, color="red")

        assert refused.value.names == ["color", "slug"]
        before = project.gold_rate
        project.refresh_from_db()
        assert (project.slug, project.gold_rate) == ("everyday", before)

    def test_refuses_a_name_that_nobody_could_read(self, project: Project) -> None:
        with pytest.raises(projects.UnreadableName):
            projects.change_settings(project=project, by=None, name="Sea\u200b")
