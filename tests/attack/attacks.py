"""The attacks, and what is promised of each."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import psycopg
import redis

from tests.attack.people import TOKEN, Record, finished, judging
from tests.attack.site import ROOT, Site

SLOW = 200
JUDGING = 32


@dataclass(frozen=True)
class Result:
    """One promise, and what was measured."""

    promise: str
    measured: str
    ok: bool


def stored(site: Site, record: Record) -> Result:
    """Every acknowledged judgement is stored once."""
    found = site.ask("SELECT submit_key FROM annotation_annotationrevision").split()
    keys = set(found)
    missing = sum(key not in keys for key in record.acknowledged)
    doubled = len(found) - len(keys)
    return Result(
        "  acknowledged = stored, once",
        f"{len(record.acknowledged):,} acknowledged, {missing} missing, {doubled} doubled",
        missing == 0 and doubled == 0 and bool(record.acknowledged),
    )


def statuses(record: Record) -> str:
    """Return what was answered, in words."""
    return ", ".join(f"{n:,} × {status}" for status, n in record.statuses.most_common())


def real_time(site: Site, seconds: float) -> Iterator[Result]:
    """200 annotators who think for ten seconds."""
    record = finished(judging(site, 200, seconds=seconds, think=10.0))
    for kind, most in (("next", 200), ("submit", 150), ("draft", 80)):
        p95 = record.p95(kind)
        yield Result(
            f"200 annotators in real time: p95 of {kind} <= {most} ms",
            f"{p95:.0f} ms of {len(record.seconds[kind]):,}",
            p95 <= most,
        )
    failed = {status for status in record.statuses if status not in ("200", "409")}
    yield Result("  no error", statuses(record), not failed)
    yield stored(site, record)


def slow_clients(site: Site, seconds: float) -> Iterator[Result]:
    """200 connections that send or read a byte now and then, beside 32 people who judge as fast as they can."""
    alone, beside = [], []
    for _ in range(2):
        alone.append(finished(judging(site, JUDGING, seconds=seconds)))
        with _slow(site):
            beside.append(finished(judging(site, JUDGING, seconds=seconds)))
    without = sum(record.p95("submit") for record in alone) / len(alone)
    within = sum(record.p95("submit") for record in beside) / len(beside)
    yield Result(
        f"{SLOW} slow clients beside {JUDGING} judging: p95 <= 2 x without",
        f"{within:.0f} against {without:.0f} ms ({within / without:.2f} x)",
        within <= 2 * without,
    )
    for record in (*alone, *beside):
        if set(record.statuses) - {"200"}:
            yield Result("  no error", statuses(record), False)
    yield stored(site, beside[-1])


@contextlib.contextmanager
def _slow(site: Site) -> Iterator[None]:
    halves = (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /csp-report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx",
        b"POST /csp-report HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nab",
        b"GET /static/annotation/js/judge.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50,
    )
    ended = threading.Event()

    def one(n: int) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", site.port))
        connection.sendall(halves[n % 4])
        return connection

    connections = [one(n) for n in range(SLOW)]

    def drip() -> None:
        while not ended.wait(2):
            for n, connection in enumerate(connections):
                try:
                    connection.send(b"a") if n % 4 < 3 else connection.recv(1)
                except OSError:
                    connection.close()
                    with contextlib.suppress(OSError):
                        connections[n] = one(n)

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        yield
    finally:
        ended.set()
        dripping.join()
        for connection in connections:
            connection.close()


def silent_connections(site: Site, _: float) -> Iterator[Result]:
    """1,000 connections that say nothing."""
    connections = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(900)]
    slowest = max(_healthz(site) for _ in range(20))
    for connection in connections:
        connection.close()
    yield Result("900 silent connections: /healthz within 1 s", f"slowest of 20: {1000 * slowest:.0f} ms", slowest <= 1)


def _healthz(site: Site) -> float:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", "/healthz")
    status = connection.getresponse().status
    connection.close()
    return time.perf_counter() - began if status == 200 else float("inf")


def kills(site: Site, seconds: float) -> Iterator[Result]:
    """Kill web processes, database connections and PostgreSQL itself while people judge."""
    begun = judging(site, JUDGING, seconds=seconds)
    choose = random.Random(1)
    until = time.monotonic() + seconds
    counts = {"web processes": 0, "database connections": 0, "PostgreSQL": 0}
    while time.monotonic() < until - 2:
        time.sleep(1)
        if choose.random() < 0.6:
            children = Path(f"/proc/{site.web.pid}/task/{site.web.pid}/children").read_text().split()
            if children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(choose.choice(children)), signal.SIGKILL)
                    counts["web processes"] += 1
        else:
            with contextlib.suppress(subprocess.CalledProcessError):
                site.ask(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                counts["database connections"] += 1
    assert site.postgres.child is not None
    site.postgres.child.kill()
    site.postgres.child.wait()
    counts["PostgreSQL"] += 1
    time.sleep(1)
    site.postgres.start()
    record = finished(begun)
    for n in range(3):  # what was begun before the last kill
        del n
        finished(judging(site, 2, seconds=0.5))
    what = ", ".join(f"{n} × {name}" for name, n in counts.items())
    yield Result(
        f"kill -9 ({what}) beside {JUDGING} judging: nobody waits longer than 30 s",
        f"longest {record.longest_silence:.1f} s; {statuses(record)}",
        record.longest_silence <= 30,
    )
    yield stored(site, record)


def database_away(site: Site, _: float) -> Iterator[Result]:
    """Stop PostgreSQL: 503 and when to come again, at once, and healthy as soon as it is back."""
    site.postgres.stop()
    slowest, wrong = 0.0, 0
    for _n in range(20):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        headers = {"Cookie": f"sessionid={site.cookies[0]}; csrftoken={TOKEN}", "Host": f"localhost:{site.port}"}
        connection.request("GET", "/p/bench/judge", headers=headers)
        answer = connection.getresponse()
        wrong += not (answer.status == 503 and bool(answer.headers["Retry-After"]))
        slowest = max(slowest, time.perf_counter() - began)
        connection.close()
    healthz = max(_healthz(site) for _n in range(5))
    yield Result(
        "database away: 503 with Retry-After within 3 s, /healthz within 1 s",
        f"{20 - wrong} of 20, slowest {slowest:.1f} s; /healthz {1000 * healthz:.0f} ms",
        wrong == 0 and slowest <= 3 and healthz <= 1,
    )
    site.postgres.start()
    began = time.perf_counter()
    record = finished(judging(site, 4, seconds=5))
    yield Result(
        "  back again: people judge within 5 s",
        f"{len(record.acknowledged)} judgements in {time.perf_counter() - began:.1f} s",
        len(record.acknowledged) > 10,
    )


def connections_exhausted(site: Site, _: float) -> Iterator[Result]:
    """Hold every connection that PostgreSQL gives, while 32 people judge."""
    begun = judging(site, JUDGING, seconds=8)
    time.sleep(1)
    held: list[psycopg.Connection[tuple[object, ...]]] = []
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            held.append(psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5))
    site_web = site.web.alive()
    time.sleep(3)
    for connection in held:
        connection.close()
    record = finished(begun)
    yield Result(
        f"all connections of PostgreSQL held ({len(held)}): 200 or 503, nothing ends",
        statuses(record),
        site_web and not set(record.statuses) - {"200", "come again (503)"},
    )
    yield stored(site, record)


def deaf_worker(site: Site, _: float) -> Iterator[Result]:
    """Cut every connection to Redis, once and again, and ask for work."""
    client = redis.Redis(unix_socket_path=str(site.valkey.socket))
    for kind in ("normal", "pubsub"):
        client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    began = time.monotonic()
    state = _import(site, 0, within=150)
    seconds = time.monotonic() - began
    yield Result(
        "connections of Redis cut: an import is done within 120 s",
        f"{state} after {seconds:.1f} s",
        state == "done" and seconds <= 120,
    )


def worker_killed(site: Site, _: float) -> Iterator[Result]:
    """Kill the worker's processes with a job waiting, and empty Redis; start a worker again, as a supervisor does."""
    site.worker.kill()
    redis.Redis(unix_socket_path=str(site.valkey.socket)).flushall()
    began = time.monotonic()
    thread = threading.Timer(3, site.worker.start)
    thread.start()
    state = _import(site, 1, within=120)
    thread.join()
    seconds = time.monotonic() - began
    yield Result(
        "worker killed and Redis emptied: an import is done within 60 s",
        f"{state} after {seconds:.1f} s",
        state == "done" and seconds <= 60,
    )


def _import(site: Site, number: int, *, within: float) -> str:
    """Import a small file as the API does, and wait until its job has ended. Return the job's state."""
    from django.db import connection

    from annotation.models import Job, Project
    from annotation.services.intake import imports
    from tests.lines import encode, pair

    if not site.worker.alive() and number == 0:
        site.worker.start()
    project = Project.objects.get(slug="bench")
    body = encode([pair(f"attack-{number}-{n}") for n in range(50)])
    job = imports.start(project=project, stream=BytesIO(body), format="native").job_id
    until = time.monotonic() + within
    state = ""
    while time.monotonic() < until:
        state = Job.objects.get(pk=job).state
        if state in ("done", "failed", "parked"):
            break
        if not site.worker.alive() and number == 0:  # it noticed, and a supervisor starts it again
            site.worker.start()
        time.sleep(0.2)
    connection.close()
    return state


def integrity(site: Site, _: float) -> Iterator[Result]:
    """What must be true of everything stored, after all of it."""
    done = subprocess.run([sys.executable, "manage.py", "check_integrity"], cwd=ROOT, capture_output=True, text=True)
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
    yield Result("after all: every invariant of what is stored holds", last, done.returncode == 0)
