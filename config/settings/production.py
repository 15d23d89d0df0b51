"""Settings for production. With unsafe values no process starts."""

from __future__ import annotations

from common.web.addresses import networks
from config.env import start
from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, BASE_DIR, READABLE_BY_ALL

_configuration = start(production=True)

DEBUG = False

CSRF_TRUSTED_ORIGINS = [
    *(f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"),
    *_configuration.csrf_trusted_origins,
]

# All requests come through the proxy that ends TLS: counted by its address, everyone would share one sign-in limit.
TRUSTED_PROXIES = (
    networks(("127.0.0.1", "::1")) if _configuration.trusted_proxies is None else _configuration.trusted_proxies
)
SECURE_SSL_REDIRECT = _configuration.secure_ssl_redirect
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
DEVICE_COOKIE_NAME = "__Host-device"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedStaticFiles", "OPTIONS": READABLE_BY_ALL},
}

# config.security sets X-Frame-Options on every response, static files and errors included.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
