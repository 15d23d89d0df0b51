"""The exact headers of every answer: pages, errors, redirects, static files, the API, downloads; production's cookies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from annotation.models import User
from tests.routes_table import ROUTES
from tests.test_routes import World, _path, _undone, world

__all__ = ["world"]

ROOT = Path(__file__).resolve().parent.parent

PAGE = (
    "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; style-src-attr 'none'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; frame-src 'none'; worker-src 'self'; manifest-src 'self'; media-src 'none'; "
    "report-uri /csp-report"
)
API = "default-src 'none'; frame-ancestors 'none'"
DOWNLOAD = "sandbox; default-src 'none'"
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; report-uri /csp-report"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), "
    "browsing-topics=()",
}
NEVER = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Server", "X-Powered-By")


def policy(text: str) -> dict[str, set[str]]:
    """Return directives with their sources; their order does not matter."""
    parts = [part.split() for part in text.split(";") if part.strip()]
    assert len(parts) == len({part[0] for part in parts}), "a directive is given twice"
    return {name: set(sources) for name, *sources in parts}


def wrong(response: Any, csp: str, *, kept: bool = False) -> list[str]:
    """Return what is wrong, in words. ``kept``: a static file, which is public and may be cached."""
    found = [f"{name}: {response.get(name)}" for name, value in ALWAYS.items() if response.get(name) != value]
    found += [f"{name} is there" for name in NEVER if name in response]
    if policy(response.get("Content-Security-Policy", "")) != policy(csp):
        found.append(f"CSP: {response.get('Content-Security-Policy')}")
    if not kept and "no-store" not in response.get("Cache-Control", ""):
        found.append(f"Cache-Control: {response.get('Cache-Control')}")
    return found


def wanted(path: str, response: Any) -> str:
    if response.get("Content-Disposition", "").startswith("attachment"):
        return DOWNLOAD
    if path.startswith("/api/docs"):
        return DOCS
    if path.startswith("/api/") or "json" in response.get("Content-Type", ""):
        return API
    return PAGE


class TestEveryAnswer:
    @pytest.mark.parametrize("name", sorted(ROUTES))
    def test_has_them_all(self, world: World, name: str) -> None:
        path = _path(name, ROUTES[name], world, world.project.slug)
        for role in ("anonymous", "annotator", "manager", "import_token", "export_token", "suspended"):
            client = world.clients[role]
            cookies = client.cookies.copy()
            for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
                with _undone():
                    response = client.generic(method, path, b"a=b", content_type="application/x-www-form-urlencoded")
                    assert wrong(response, wanted(path, response)) == [], f"{role} {method} {path}"
                    if response.streaming:
                        response.close = lambda: None
                client.cookies = cookies.copy()

    def test_behind_a_login_differs_by_cookie(self, world: World) -> None:
        for name in ("annotation:home", "annotation:account", "quality:dashboard"):
            path = _path(name, ROUTES[name], world, world.project.slug)
            for role in ("anonymous", "manager"):
                assert "Cookie" in world.clients[role].get(path)["Vary"], f"{role} {path}"

    @pytest.mark.parametrize(
        ("path", "status", "csp"),
        [
            ("/nothing", 404, PAGE),
            ("/.git/config", 404, PAGE),
            ("/.env", 404, PAGE),
            ("/static/../config/urls.py", 404, PAGE),
            ("/static/%2e%2e/manage.py", 404, PAGE),
            ("/static/nothing.css", 404, PAGE),
            ("/api/v1/nothing", 404, API),
            ("/api/v1", 301, API),
            ("/api/docs", 301, DOCS),
            ("/login%0A", 404, PAGE),
            ("/healthz/", 404, PAGE),
            ("/admin/", 404, PAGE),
            ("/accounts/signup/", 404, PAGE),
        ],
    )
    def test_has_them_where_there_is_nothing(self, db: None, path: str, status: int, csp: str) -> None:
        response = Client().get(path)

        assert response.status_code == status
        assert wrong(response, csp) == []

    def test_has_them_on_a_static_file(self, db: None) -> None:
        response = Client().get("/static/annotation/icon.svg")

        assert response.status_code == 200
        assert wrong(response, PAGE, kept=True) == []

    def test_has_them_where_a_forms_token_is_missing(self, db: None) -> None:
        response = Client(enforce_csrf_checks=True).post("/login", {"login": "a@example.org"})

        assert response.status_code == 403
        assert wrong(response, PAGE) == []

    def test_has_them_for_a_host_that_is_not_ours(self, db: None) -> None:
        response = Client(headers={"Host": "evil.example"}).get("/login")

        assert response.status_code == 400
        assert wrong(response, PAGE) == []

    def test_believes_no_forwarded_host(self, db: None) -> None:
        response = Client(headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1"}).get("/")

        assert response["Location"] == "/login?next=/"
        for address in (
            "10.0.0.9",
            "127.0.0.1",
        ):  # the second is a proxy on this machine that forwards a stranger's request
            for path in ("/metrics", "/readyz"):
                client = Client(REMOTE_ADDR=address, headers={"X-Forwarded-For": "127.0.0.1"})
                assert client.get(path).status_code == 403

    def test_has_them_when_we_fail(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise RuntimeError("a secret of ours")

        monkeypatch.setattr("config.health.metrics", fail)
        monkeypatch.setattr("annotation.services.access.tokens.reachable", fail)
        page = Client(raise_request_exception=False)
        api = Client(raise_request_exception=False, headers={"Authorization": _bearer(world)})
        for client, path, csp in ((page, "/metrics", PAGE), (api, "/api/v1/projects", API)):
            response = client.get(path)
            assert response.status_code == 500
            assert wrong(response, csp) == []
            assert b"a secret of ours" not in response.content
            assert b"Traceback" not in response.content
        assert response["Content-Type"] == "application/problem+json"

    def test_has_them_when_the_database_is_away(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*args: object, **kwargs: object) -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr("config.health.metrics", away)
        monkeypatch.setattr("annotation.services.access.tokens.authenticate", away)
        for client, path, csp in (
            (Client(), "/metrics", PAGE),
            (Client(headers={"Authorization": _bearer(world)}), "/api/v1/projects", API),
        ):
            response = client.get(path)
            assert response.status_code == 503
            assert response["Retry-After"] == "3"
            assert wrong(response, csp) == []

    def test_tells_the_browser_to_forget_at_sign_out(self, world: World) -> None:
        client = world.clients["annotator"]
        cookies = client.cookies.copy()
        with _undone():
            response = client.post("/logout", {"a": "b"})
        client.cookies = cookies

        assert response["Clear-Site-Data"] == '"cache", "storage"'


def _bearer(world: World) -> str:
    return str(world.clients["import_token"].defaults["HTTP_AUTHORIZATION"])


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """Return production's settings of cookies and transport, as a process started with them has them."""
    script = (
        "import json, config.settings.production as s; print(json.dumps({k: getattr(s, k) for k in dir(s) "
        "if k.startswith(('SESSION_COOKIE', 'CSRF_COOKIE', 'DEVICE_COOKIE', 'SECURE_'))}))"
    )
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ} | {
        "SECRET_KEY": "n0t-a-secret-but-long-enough-for-what-is-tried-here-0123456789",
        "DATABASE_URL": "postgresql://nobody@localhost:1/nothing",
        "REDIS_URL": "redis://localhost:1/0",
        "ALLOWED_HOSTS": "concord.example",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout), SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))


@pytest.mark.django_db
class TestProduction:
    def test_sets_cookies_that_no_other_host_can_set(self, production: dict[str, Any]) -> None:
        User.objects.create_user("alice@example.org", "Slate-harbour-482", name="Alice")
        with override_settings(**production):
            client = Client()
            client.get("/login", secure=True)
            form = {"login": "alice@example.org", "password": "Slate-harbour-482"}
            answer = client.post("/login", form, secure=True)
        assert answer.status_code == 302
        assert set(client.cookies) == {"__Host-csrftoken", "__Host-device", "__Host-sessionid"}
        for cookie in client.cookies.values():
            assert cookie["secure"] is True
            assert cookie["httponly"] is True
            assert cookie["samesite"] == "Lax"
            assert cookie["path"] == "/"
            assert cookie["domain"] == ""

    def test_is_spoken_to_over_tls_alone(self, production: dict[str, Any]) -> None:
        with override_settings(**production):
            client = Client()
            plain = client.get("/login")
            secure = client.get("/login", secure=True)
            probe = client.get("/healthz")

        assert (plain.status_code, plain["Location"]) == (301, "https://testserver/login")
        assert "Strict-Transport-Security" not in plain
        assert secure["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
        assert wrong(secure, PAGE) == wrong(plain, PAGE) == []
        assert probe.status_code == 200
