"""Settings for tests: the same servers and code paths as in production, with fast password hashing."""

from __future__ import annotations

from config.settings.base import *  # noqa: F403

SECRET_KEY = "for-tests-only-" + "x" * 50
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
