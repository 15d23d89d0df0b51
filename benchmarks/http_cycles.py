"""Judge cycles over HTTP through the real web process, and a bare one-query view on the same server.

A cycle is what the page sends: a verdict whose answer brings the next pair along.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from uuid import uuid4

from config.embedded.servers import with_parent
from tests.programs import WebProcess

CLIENTS, SECONDS, TIMES = 32, 5.0, 3
PORT = 8917
PAIR = re.compile(r'data-uuid=\\?"([0-9a-f-]{36})\\?"')  # in a piece of the page, or in JSON


def measure(home: Path) -> tuple[float, float]:
    """Cycles a second and bare requests a second, medians by turns."""
    del home
    cookies = _signed_in()
    with tempfile.TemporaryDirectory() as folder:
        web = WebProcess(
            with_parent("TERM", [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]),
            Path(folder) / "web.log",
            {"WEB_BIND": f"127.0.0.1:{PORT}", "DJANGO_SETTINGS_MODULE": "benchmarks.settings", "LOG_LEVEL": "WARNING"},
            port=PORT,
        )
        web.start()
        try:
            web.wait_until_ready()
            judged, bare = [], []
            for _ in range(TIMES):
                bare.append(_drive("bare", cookies))
                judged.append(_drive("judge", cookies))
        finally:
            web.stop()
    return statistics.median(judged), statistics.median(bare)


def _signed_in() -> list[str]:
    """A session for each client, as signing in makes one."""
    import django

    django.setup()
    from django.contrib.auth import SESSION_KEY
    from django.db import connection

    from annotation.models import User
    from annotation.services.access.sessions import SessionStore

    found = []
    for user in User.objects.order_by("id")[:CLIENTS]:
        user.set_unusable_password()
        user.save()
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session["_auth_user_backend"] = "config.sessions.Backend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()
        found.append(str(session.session_key))
    connection.close()
    return found


def _drive(what: str, cookies: list[str]) -> float:
    halves = [cookies[::2], cookies[1::2]]
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        return sum(pool.starmap(_clients, [(what, half) for half in halves]))


def _clients(what: str, cookies: list[str]) -> float:
    counts = [0] * len(cookies)
    begin = threading.Barrier(len(cookies))
    threads = [
        threading.Thread(target=_bare if what == "bare" else _judge, args=(i, cookie, counts, begin))
        for i, cookie in enumerate(cookies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _bare(number: int, cookie: str, counts: list[int], begin: threading.Barrier) -> None:
    del cookie
    connection = http.client.HTTPConnection("localhost", PORT, timeout=30)
    begin.wait()
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        connection.request("GET", "/bare")
        assert connection.getresponse().read() == b"1"
        counts[number] += 1


def _judge(number: int, cookie: str, counts: list[int], begin: threading.Barrier) -> None:
    connection = http.client.HTTPConnection("localhost", PORT, timeout=30)
    token = "t" * 32
    headers = {
        "Cookie": f"sessionid={cookie}; csrftoken={token}",
        "X-CSRFToken": token,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Origin": f"http://localhost:{PORT}",
    }

    def ask(path: str, **fields: str) -> str:
        connection.request("POST", f"/p/bench/{path}", urllib.parse.urlencode(fields), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, (answer.status, text[:300])
        return text

    begin.wait()
    until = time.perf_counter() + SECONDS
    pair = PAIR.search(ask("judge/next"))
    while time.perf_counter() < until:
        assert pair, "there is no further pair"
        answer = ask(f"a/{pair[1]}/submit", submit_key=str(uuid4()), verdict="a", seconds="1", next="1")
        pair = PAIR.search(answer) or PAIR.search(ask("judge/next"))
        counts[number] += 1


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
