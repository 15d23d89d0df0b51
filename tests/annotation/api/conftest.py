"""What tests of the API share: uploads in a folder of the test's own, a small site, and a client with every scope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.annotation.api import client


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def site(db: None) -> client.Site:
    return client.site()


@pytest.fixture
def api(site: client.Site) -> client.Api:
    return site.token()
