"""Settings of `make run`, and the base of the production and the test settings."""

from __future__ import annotations

from pathlib import Path

from config.addresses import database, postgres, redis
from config.env import secret_key, start
from config.logging import configure as configure_logging
from config.security import CONTENT_SECURITY_POLICY  # noqa: F401 django-csp reads it
from config.values import ROOT

_configuration = start()

VAR = ROOT / "var"
BASE_DIR = ROOT
CODE_VERSION = "0.1.0"

DEBUG = False
SECRET_KEY = _configuration.secret_key or secret_key(VAR / "secret-key")
ALLOWED_HOSTS = list(_configuration.allowed_hosts)

_postgres, _redis = _configuration.database_url, _configuration.redis_url
if _postgres is None or _redis is None:
    from config.embedded.paths import addresses

    _embedded = addresses(ROOT)
    _postgres = _postgres or postgres(_embedded.database_url)
    _redis = _redis or redis(_embedded.redis_url)
REDIS_URL = _redis.client_url

# Only web processes have a pool: a process that forks later must not open one.
DATABASES = {
    "default": database(_postgres, pool=_configuration.pool, statement_timeout_ms=_configuration.statement_timeout_ms)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "common",
    "annotation",
    "quality",
    "reward",
    "config.apps.ConcordConfig",
]

MIDDLEWARE = [
    "config.proxies.proxies",
    "csp.middleware.CSPMiddleware",
    "config.security.headers",
    "config.middleware.health",
    "config.guard.guard",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.limits",
    "config.devices.cookie",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.sessions.Middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.person",
    "config.middleware.one_budget_of_texts",
    "config.middleware.RequestLog",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Losing Redis must lose no work, so what has to survive it (sessions, the sign-in limits) lives in PostgreSQL.
SESSION_ENGINE = "annotation.services.access.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
# Addresses that people see where the Host header that arrives is another: a proxy that leaves out the port.
CSRF_TRUSTED_ORIGINS = list(_configuration.csrf_trusted_origins)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
DEVICE_COOKIE_NAME = "device"
# Nothing is cached here: limits have a table of their own, and rendered text is kept in each process (common.rendering.cache).
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

AUTH_USER_MODEL = "annotation.User"
AUTHENTICATION_BACKENDS = ["config.sessions.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "annotation.pages.passwords.UsableValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "annotation:home"
ACCOUNT_ADAPTER = "config.accounts.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {
    "login": "config.sign_in.LoginForm",
    "change_password": "config.sign_in.ChangePasswordForm",
    "reset_password": "config.sign_in.ResetPasswordForm",
    "reset_password_from_key": "config.sign_in.ResetPasswordKeyForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "annotation.services.access.recovery.ResetTokens"  # noqa: S105 - a name
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Concord: "
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_RATE_LIMITS = (
    False  # allauth's would count in Django's cache, and lock accounts: annotation.services.access.attempts
)

# Our own proxies: what their headers say of a request's address and protocol counts (config.proxies), no one else's.
TRUSTED_PROXIES = _configuration.trusted_proxies or ()
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Without EMAIL_HOST no mail is sent, and the sign-in page says whom to ask instead.
EMAIL_HOST = _configuration.email_host
EMAIL_PORT = _configuration.email_port
EMAIL_HOST_USER = _configuration.email_host_user
EMAIL_HOST_PASSWORD = _configuration.email_host_password
EMAIL_USE_TLS = _configuration.email_use_tls
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = _configuration.email_from or EMAIL_HOST_USER or "concord@localhost"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT: Path | None = None  # no collectstatic here: files are served from their source folders
STATICFILES_DIRS: list[str] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Collected by the user that builds an image and read by the one that runs it; uploads are their owner's alone (below).
READABLE_BY_ALL = {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage", "OPTIONS": READABLE_BY_ALL},
}
MEDIA_ROOT = _configuration.uploads_dir or VAR / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "common.web.uploads.SpoolingHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 256
DATA_UPLOAD_MAX_NUMBER_FILES = 1
IMPORT_MAX_BYTES = 512 * 1024 * 1024
WEB_UPLOADS = 8  # files that a web process receives at the same time, half of them of one account or from one address
WEB_UNREAD_BYTES = (
    4 * 1024**3
)  # of answers of a web process that are not read yet: beyond, the slowest readers are ended

SECURE_CONTENT_TYPE_NOSNIFF = False  # config.security sets it on every response
SECURE_REFERRER_POLICY: str | None = None
SECURE_CROSS_ORIGIN_OPENER_POLICY: str | None = None
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["annotation.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["annotation.api.permissions.Closed"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "STRICT_JSON": True,
    "ALLOWED_VERSIONS": [CODE_VERSION],  # else ?version= of the schema is taken for its file's name, whatever it holds
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "DESCRIPTION": "Prompts and responses in; judgements, quality, ratings and preference datasets out.",
    "VERSION": CODE_VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["config.accounts.SignedIn"],
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.schema.complete",
    ],
}

CELERY_BROKER_URL = _redis.broker_url
CELERY_BROKER_USE_SSL = _redis.broker_tls
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A process that a job made large, or that has done many, gives its memory back by ending after its task.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = _configuration.worker_max_memory_mb * 1024  # KiB
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = _configuration.celery_queue
CELERY_WORKER_CONCURRENCY = _configuration.celery_concurrency
CELERY_BEAT_SCHEDULE_FILENAME = str(_configuration.beat_schedule or "/tmp/beat-schedule")  # noqa: S108 - beat's alone
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,  # longer than the longest job; its row also keeps a job from running twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
}
# A worker that takes commands holds one more connection, and reads no message any more after that one was cut.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
WORKER_SILENCE_SECONDS = _configuration.worker_silence_seconds
WORKER_ALIVE_FILE = str(_configuration.worker_alive_file or "")
BEAT_ALIVE_FILE = str(_configuration.beat_alive_file or "")
CELERY_TASK_PUBLISH_RETRY = False  # a request must not wait for Redis: the sweeper finds the row

LOG_JSON = _configuration.log_json
LOGGING = configure_logging(json=LOG_JSON, level=_configuration.log_level)
DJANGO_STRUCTLOG_CELERY_ENABLED = False
# What the log takes from these headers is short and plain: config.guard sees to it.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
DJANGO_STRUCTLOG_TRUST_UPSTREAM_CORRELATION_ID = True
METRICS_ALLOWED = _configuration.metrics_allowed
