"""The production image cannot be built in tests: run the roles of its entrypoint outside of it, and read its files."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml

from tests.config.processes import ROOT, clean_environment
from tests.programs import CeleryWorker, Program, WebProcess, wait_until

ENTRYPOINT = ROOT / "docker" / "entrypoint"
DATABASE = f"entrypoint_{os.getpid()}"


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> dict[str, str]:
    """The environment of a deployment, with secrets in files, on a separate database."""
    folder = tmp_path_factory.mktemp("secrets")
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{DATABASE}"))
    (folder / "secret_key").write_text(secrets.token_urlsafe(64) + "\n")
    (folder / "database_url").write_text(url + "\n")
    admin = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
        static = folder / "static"
        yield clean_environment(
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            SECRET_KEY_FILE=str(folder / "secret_key"),
            DATABASE_URL_FILE=str(folder / "database_url"),
            REDIS_URL=os.environ["REDIS_URL"],
            CELERY_QUEUE=DATABASE,
            ALLOWED_HOSTS="localhost,127.0.0.1",
            STATIC_ROOT=str(static),
        )
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def entrypoint(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ENTRYPOINT), *words], env=environment, capture_output=True, text=True, timeout=200, cwd="/"
    )


@pytest.fixture(scope="module")
def migrated(production) -> dict[str, str]:
    done = entrypoint("migrate", environment=production)
    assert done.returncode == 0, done.stderr
    return production


def test_migrate_brings_the_database_up_to_date(migrated):
    done = entrypoint("migrate", "--check", environment=migrated)
    assert done.returncode == 0, done.stderr


def test_any_other_role_is_a_command(migrated):
    done = entrypoint("check", "--deploy", "--fail-level", "WARNING", environment=migrated)
    assert done.returncode == 0, done.stderr


def test_web_serves(migrated, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**migrated, "WEB_BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1"}
    web = WebProcess(["sh", str(ENTRYPOINT), "web"], tmp_path / "web.log", role(environment), port=port)
    web.start()
    try:
        web.wait_until_ready()
        web.send(signal.SIGTERM)
        assert web.process.wait(timeout=30) == 0
    finally:
        web.kill()


def test_worker_reads(migrated, tmp_path):
    environment = role({**migrated, "WORKER_ALIVE_FILE": str(tmp_path / "alive")})
    worker = CeleryWorker(["sh", str(ENTRYPOINT), "worker"], tmp_path / "worker.log", environment)
    worker.start()
    try:
        worker.wait_until_ready()
        worker.send(signal.SIGTERM)
        assert worker.process.wait(timeout=60) == 0
    finally:
        worker.kill()


def test_beat_keeps_its_schedule(migrated, tmp_path):
    schedule = tmp_path / "beat-schedule"
    alive = tmp_path / "alive"
    environment = role({**migrated, "BEAT_SCHEDULE": str(schedule), "BEAT_ALIVE_FILE": str(alive)})
    beat = Program(["sh", str(ENTRYPOINT), "beat"], tmp_path / "beat.log", environment)
    beat.start()
    try:
        wait_until(lambda: bool(list(tmp_path.glob("beat-schedule*"))), what="beat's schedule file")
        wait_until(alive.exists, what="beat's file for the health check")
        assert beat.alive(), beat.log_tail()
        beat.send(signal.SIGTERM)
        beat.process.wait(timeout=30)
    finally:
        beat.kill()


def role(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment for ``Program``, which adds the test's own: a deployment has DATABASE_URL_FILE only."""
    return {**environment, "DJANGO_SETTINGS_MODULE": "config.settings.production", "DATABASE_URL": ""}


class TestFiles:
    def test_compose_names_every_role_and_healthchecks(self):
        compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
        services = compose["services"]
        assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat"}
        assert {name for name, service in services.items() if "healthcheck" in service} == {
            "postgres",
            "redis",
            "web",
            "worker",
            "beat",
        }
        for name in ("migrate", "web", "worker", "beat"):
            assert services[name]["command"] == [name]
            assert services[name]["environment"]["SECRET_KEY_FILE"] == "/run/secrets/secret_key"
        assert "noeviction" in services["redis"]["command"]
        for role in ("worker", "beat"):
            (alive_file,) = re.findall(rf"{role.upper()}_ALIVE_FILE:-(\S+?)\}}", ENTRYPOINT.read_text())
            assert alive_file in services[role]["healthcheck"]["test"][1]
        used = {secret for service in services.values() for secret in service.get("secrets", [])}
        assert used == set(compose["secrets"])

    def test_entrypoint_may_be_run_and_is_posix_shell(self):
        assert os.access(ENTRYPOINT, os.X_OK)
        assert subprocess.run(["sh", "-n", str(ENTRYPOINT)]).returncode == 0

    def test_the_image_runs_unprivileged_from_the_hashed_lock(self):
        text = (ROOT / "docker" / "Dockerfile").read_text()
        assert "--require-hashes --no-deps -r requirements/base.txt" in text
        assert "\nUSER 10001:0\n" in text  # a number: Kubernetes cannot tell that a name is not root's
