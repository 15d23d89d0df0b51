"""Settings of a site with answers whose bodies fail while they are sent."""

from __future__ import annotations

from config.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.faults.failing_bodies"
