from __future__ import annotations

from allauth.account import views as account
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from annotation.views import sessions
from config import views

favicon = require_safe(
    RedirectView.as_view(url=f"/{settings.STATIC_URL.lstrip('/')}annotation/icon.svg", permanent=True)
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("annotation.urls")),
    path("login", account.login, name="account_login"),
    path("logout", sessions.sign_out, name="account_logout"),
    path("account/password", account.password_change, name="account_change_password"),
    path("favicon.ico", favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("csp-report", views.csp_report, name="csp_report"),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
