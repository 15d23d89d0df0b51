"""Settings for production. Unsafe values raise ``BadSetting`` at start."""

from __future__ import annotations

from config.env import BadSetting, env, hosts, networks, origins
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, READABLE_BY_ALL

SECRET_KEY = env.str("SECRET_KEY", default="")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    raise BadSetting("SECRET_KEY (or SECRET_KEY_FILE) must hold at least 50 characters that nobody can guess.")
if env.bool("DEBUG", default=False):
    raise BadSetting("DEBUG cannot be on in production: its pages show settings and source to everybody.")
if not env.str("DATABASE_URL", default=""):
    raise BadSetting("DATABASE_URL (or DATABASE_URL_FILE) must name a PostgreSQL database.")
if env.str("TRUSTED_PROXY_COUNT", default=""):
    raise BadSetting("TRUSTED_PROXY_COUNT is no setting any more: name the proxies' addresses in TRUSTED_PROXIES.")
if not env.str("REDIS_URL", default=""):
    raise BadSetting("REDIS_URL (or REDIS_URL_FILE) must name a Redis server.")
DEBUG = False

ALLOWED_HOSTS = hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [
    *(f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"),
    *origins("CSRF_TRUSTED_ORIGINS"),
]

# All requests come through the proxy that ends TLS: counted by its address, everyone would share one sign-in limit.
TRUSTED_PROXIES = networks("TRUSTED_PROXIES", default=["127.0.0.1", "::1"])
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
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
