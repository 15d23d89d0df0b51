from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.rendering.markdown import render


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Render each text of a test, whatever other tests rendered before."""
    render.cache.clear()
    yield
    render.cache.clear()
