"""Fixtures for every test. Servers: tests/services.py; processes: tests/programs.py; the browser: tests/chromium.py."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.chromium import get as get_chromium
from tests.programs import celery_worker_process, web_process

pytest_plugins = ["tests.cast"]

# No test asserts wall time: on a machine that is busy any example may take long.
settings.register_profile("concord", deadline=None)
settings.load_profile("concord")

__all__ = ["celery_worker_process", "web_process"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Launch the installed Chromium: Playwright's own browser cannot be downloaded everywhere."""
    return {**browser_type_launch_args, **get_chromium().launch_arguments()}
