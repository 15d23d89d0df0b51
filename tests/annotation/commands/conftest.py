"""What tests of commands share: uploads in a folder of the test's own, and the reference data where they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the reference data. Set and unusable is a failure, unset a skip."""
    named = os.environ.get("CONCORD_REFERENCE_DATA")
    if not named:
        pytest.skip("CONCORD_REFERENCE_DATA is not set: the reference data are not here")
    folder = Path(named)
    assert (folder / "pandalm" / "testset-v1.json").is_file(), f"CONCORD_REFERENCE_DATA={named} holds no PandaLM"
    return folder
