"""Headers of proxies count where a trusted proxy sent them, and the address they give is the one that is used."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from common.web.addresses import client_address, networks
from config.proxies import OF_PROXIES, proxies
from tests.programs import WebProcessFactory
from tests.test_settings import started


def seen(peer: str, **headers: str) -> HttpRequest:
    """Return a request as views see it."""
    requests: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        return HttpResponse()

    proxies(view)(RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers))  # type: ignore[arg-type]
    return requests[0]


@pytest.fixture(autouse=True)
def two_proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = networks(["10.0.0.0/8"])


class TestAStranger:
    def test_cannot_claim_an_address_a_protocol_or_a_host(self) -> None:
        claims = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
        claims |= {"Forwarded": "for=127.0.0.1;proto=https", "X-Real-IP": "127.0.0.1", "X-Forwarded-Port": "443"}
        request = seen("203.0.113.9", **claims)

        assert client_address(request) == "203.0.113.9"
        assert not request.is_secure()
        assert not [name for name in OF_PROXIES if name in request.META]
        assert request.get_host() == "testserver"
        assert request.forwarded  # type: ignore[attr-defined]


class TestATrustedProxy:
    def test_tells_the_address_and_the_protocol(self) -> None:
        request = seen("::ffff:10.0.0.1", **{"X-Forwarded-For": "1.1.1.1, 198.51.100.1", "X-Forwarded-Proto": "HTTPS"})

        assert client_address(request) == "198.51.100.1"
        assert request.is_secure()

    def test_passes_on_nothing_else_that_a_client_wrote(self) -> None:
        claims = {"X-Forwarded-Host": "evil.example", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}
        request = seen("10.0.0.1", **claims, **{"X-Forwarded-For": "198.51.100.1"})

        assert client_address(request) == "198.51.100.1"
        assert "HTTP_X_FORWARDED_HOST" not in request.META
        assert request.get_host() == "testserver"

    @pytest.mark.parametrize(
        ("addresses", "protocols", "secure"),
        [
            ("198.51.100.1", "https", True),
            ("198.51.100.1", "http", False),
            ("198.51.100.1", "https, http", False),  # the client wrote the first
            ("198.51.100.1, 10.0.0.2", "https", True),  # the second proxy left it as it was
            ("198.51.100.1, 10.0.0.2", "https, http", True),  # TLS ends at the first proxy
            ("198.51.100.1, 10.0.0.2", "https, http, http", False),
            ("198.51.100.1", "on", False),
            ("198.51.100.1", "", False),
        ],
    )
    def test_says_what_the_client_used(self, addresses: str, protocols: str, secure: bool) -> None:
        request = seen("10.0.0.1", **{"X-Forwarded-For": addresses, "X-Forwarded-Proto": protocols})

        assert request.is_secure() is secure

    @pytest.mark.parametrize("junk", ["unknown", ",", ", ,", "[", "\x00", "1" * 5000, "999.1.1.1", "é"])
    def test_counts_itself_where_it_writes_no_address(self, junk: str) -> None:
        assert client_address(seen("10.0.0.1", **{"X-Forwarded-For": junk, "X-Forwarded-Proto": junk})) == "10.0.0.1"


@pytest.mark.django_db
class TestTheAllowListOfMetrics:
    @pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "0:0::1", "192.168.4.5", ""])
    def test_compares_addresses_by_their_value(self, address: str, settings: Any) -> None:
        settings.METRICS_ALLOWED = networks(["127.0.0.1", "::1", "192.168.0.0/16"])

        assert Client(REMOTE_ADDR=address).get("/readyz").status_code == 200

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"])
    @pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.1"])
    def test_lets_no_forwarded_request_in(self, peer: str, header: str) -> None:
        assert Client(REMOTE_ADDR=peer, headers={header: "127.0.0.1"}).get("/readyz").status_code == 403
        assert Client(REMOTE_ADDR="203.0.113.9").get("/readyz").status_code == 403


@pytest.mark.django_db
class TestTheLog:
    @pytest.mark.parametrize(
        ("peer", "header", "ip"),
        [("203.0.113.9", "127.0.0.1", "203.0.113.9"), ("::ffff:10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1")],
    )
    def test_names_the_address_that_limits_use(self, peer: str, header: str, ip: str) -> None:
        lines: list[Any] = []

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(record.msg)

        logger = logging.getLogger("django_structlog.middlewares.request")
        handler, level = Handler(), logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            Client(REMOTE_ADDR=peer, headers={"X-Forwarded-For": header}).get("/login")
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
            structlog.contextvars.clear_contextvars()

        assert {line["ip"] for line in lines if line["event"] == "request_finished"} == {ip}, json.dumps(
            lines, default=str
        )


@pytest.mark.django_db(transaction=True)
def test_the_server_leaves_to_django_whom_to_believe(web_process: WebProcessFactory) -> None:
    web = web_process(TRUSTED_PROXIES="127.0.0.1", LOG_LEVEL="INFO")

    def status(*lines: str) -> int:
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
            connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            return int(connection.makefile("rb").readline().split()[1])

    for host in ("Host: localhost", "Host: evil.example", "Host: 10.1.2.3:8000", "X: no host"):
        assert status("GET /healthz HTTP/1.0", host) == 200
    assert status("GET /login HTTP/1.0", "Host: evil.example") == 400
    hops = "X-Forwarded-For: 1.1.1.1, 198.51.100.77"
    assert status("GET /login HTTP/1.1", "Host: localhost", hops, "X-Forwarded-Proto: https") == 200
    assert status("GET /readyz HTTP/1.1", "Host: localhost", "Forwarded: for=127.0.0.1") == 403
    assert status("GET /readyz HTTP/1.1", "Host: localhost") == 200
    assert '"ip": "198.51.100.77"' in web.log.read_text()
    assert "1.1.1.1" not in web.log.read_text()


class TestProduction:
    def test_trusts_proxies_of_this_machine_unless_others_are_named(self) -> None:
        assert "IPv4Network('127.0.0.1/32')" in started("TRUSTED_PROXIES").stdout
        named = started("TRUSTED_PROXIES", TRUSTED_PROXIES="10.0.0.0/8, ::ffff:192.0.2.1").stdout
        assert named.strip() == "(IPv4Network('10.0.0.0/8'), IPv4Network('192.0.2.1/32'))"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("TRUSTED_PROXIES", "10.0.0.1/8"), ("METRICS_ALLOWED", "localhost"), ("TRUSTED_PROXY_COUNT", "2")],
    )
    def test_refuses_values_that_it_cannot_use(self, name: str, value: str) -> None:
        done = started(**{name: value})

        assert done.returncode != 0
        assert name in done.stderr.splitlines()[-1]
        assert value not in done.stderr.splitlines()[-1].replace("10.0.0.0/8", "")
