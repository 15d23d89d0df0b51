"""Base settings and one bare view, for the measure of what the server itself can do."""

from __future__ import annotations

from config.settings.base import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS: dict[str, str] = {}
