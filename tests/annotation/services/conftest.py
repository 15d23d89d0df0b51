"""What these tests share: uploads in a folder of the test's own, and a project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Project
from annotation.selectors import integrity
from annotation.services import projects


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def project(db: None) -> Project:
    return projects.create(slug="sky", name="Sky", by=None)


@pytest.fixture
def sound_afterwards(db: None) -> Iterator[None]:
    """Whatever the test did, every invariant of what is stored holds at its end."""
    yield
    if not integrity.sound():
        assert [(found.invariant.name, found.examples) for found in integrity.check() if found.breaches] == []
