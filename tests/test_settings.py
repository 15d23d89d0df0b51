from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GOOD = {
    "SECRET_KEY": "n0t-a-secret-but-long-enough-for-what-is-tried-here-0123456789",
    "DATABASE_URL": "postgresql://nobody@localhost:1/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "ALLOWED_HOSTS": "concord.example",
}


def started(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Print the named production settings in a process that has none of the tests' environment."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    wanted = {key: value for key, value in {**GOOD, **environment}.items() if value}
    return subprocess.run(
        [sys.executable, "-c", "".join(["import config.settings.production as s", *(f";print(s.{n})" for n in names)])],
        cwd=ROOT,
        env=kept | wanted,
        capture_output=True,
        text=True,
        check=False,
    )


class TestProduction:
    def test_starts_with_good_settings(self):
        assert started().returncode == 0

    @pytest.mark.parametrize(
        ("wrong", "word"),
        [
            ({"SECRET_KEY": ""}, "SECRET_KEY"),
            ({"SECRET_KEY": "short"}, "SECRET_KEY"),
            ({"SECRET_KEY": "a" * 80}, "SECRET_KEY"),
            ({"DEBUG": "true"}, "DEBUG"),
            ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL"),
            ({"DATABASE_URL": "mysql://root@localhost/db"}, "DATABASE_URL"),
            ({"DATABASE_URL": ""}, "DATABASE_URL"),
            ({"REDIS_URL": ""}, "REDIS_URL"),
            ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
            *(
                ({"ALLOWED_HOSTS": f"concord.example, {host}"}, "ALLOWED_HOSTS")
                for host in ("https://wrong.example", "wrong.example:8443", "wrong.example/app", "wrong example", "-")
            ),
            *(
                ({"CSRF_TRUSTED_ORIGINS": f"https://concord.example,{origin}"}, "CSRF_TRUSTED_ORIGINS")
                for origin in (
                    "wrong.example",
                    "wrong.example:8443",
                    "https://wrong.example/",
                    "https://wrong.example:x",
                )
            ),
            *(
                ({"CSRF_TRUSTED_ORIGINS": origin}, "CSRF_TRUSTED_ORIGINS")
                for origin in ("https://wrong.example:0", "https://wrong.example:65536", "ftp://wrong.example", "*")
            ),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_refuses_to_start_and_names_what_is_wrong(self, wrong, word):
        done = started(**wrong)

        assert done.returncode != 0
        assert word in done.stderr.splitlines()[-1]
        assert "wrong.example" not in done.stderr.splitlines()[-1]

    def test_takes_hosts_and_origins_as_browsers_write_them(self):
        done = started(
            "ALLOWED_HOSTS",
            "CSRF_TRUSTED_ORIGINS",
            ALLOWED_HOSTS=" Concord.example, .example.org,[::1],192.0.2.7",
            CSRF_TRUSTED_ORIGINS="https://Concord.example:8443, https://concord.example:443,http://[2001:db8::1]:8080",
        )

        assert done.stdout.splitlines() == [
            "['concord.example', '.example.org', '[::1]', '192.0.2.7']",
            "['https://concord.example', 'https://example.org', 'https://[::1]', 'https://192.0.2.7', "
            "'https://concord.example:8443', 'https://concord.example', 'http://[2001:db8::1]:8080']",
        ]

    def test_reads_a_secret_from_a_file(self, tmp_path):
        secret = tmp_path / "key"
        secret.write_text(GOOD["SECRET_KEY"])

        assert started(SECRET_KEY="", SECRET_KEY_FILE=str(secret)).returncode == 0


class TestLogs:
    def test_cannot_be_forged_by_what_comes_in(self):
        script = (
            "import django; django.setup(); import structlog; "
            "structlog.get_logger('x').warning('received', text='one\\n{\"event\": \"forged\"}\\x1b[31m')"
        )
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", "LOG_LEVEL": "INFO"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )

        (line,) = done.stderr.splitlines()
        assert json.loads(line)["event"] == "received"
        assert "\x1b" not in line

    def test_never_hold_a_token_that_somebody_put_into_an_address(self):
        script = (
            "import django; django.setup(); import structlog; "
            "structlog.get_logger('x').warning('received', request='GET /x?token=ccd_abcdefgh_secret-part_ff')"
        )
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )

        assert "secret-part" not in done.stderr
        assert "ccd_" in json.loads(done.stderr)["request"]
