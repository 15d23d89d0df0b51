from __future__ import annotations

from allauth.account import views as account
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotation.views.access import signed_in
from common.api.operation import UnknownUrl
from config import answers, views

form = require_http_methods(["GET", "HEAD", "POST"])  # allauth's own pages take PUT as POST
favicon = require_safe(
    RedirectView.as_view(url=f"/{settings.STATIC_URL.lstrip('/')}annotation/icon.svg", permanent=True)
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("annotation.urls")),
    path("p/<slug:slug>/", include("quality.urls")),
    path("p/<slug:slug>/", include("reward.urls")),
    path("api/schema/", require_safe(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", require_safe(signed_in(SpectacularSwaggerSplitView.as_view(url_name="schema"))), name="docs"),
    path("api/v1/", include("annotation.api.urls")),
    path("api/v1/", include("quality.api.urls")),
    path("api/v1/", include("reward.api.urls")),
    re_path(r"^api/v1/[\s\S]*\Z", UnknownUrl.as_view(), name="api_nowhere"),
    path("login", form(account.login), name="account_login"),
    path("logout", form(account.logout), name="account_logout"),
    path("account/password", form(account.password_change), name="account_change_password"),
    path("password/reset", form(views.password_reset), name="account_reset_password"),
    path("password/reset/sent", require_safe(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        form(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/new/done",
        require_safe(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("favicon.ico", favicon, name="favicon"),
    path("healthz", answers.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("csp-report", views.csp_report, name="csp_report"),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
