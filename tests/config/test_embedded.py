"""The embedded servers: started by the first user, stopped with the last, whatever is killed in between."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from config.embedded import servers
from config.embedded import session as embedded_session
from config.embedded.locks import keeper_lives
from config.embedded.paths import LONGEST_SOCKET_PATH, NOBODY, Paths, UnsafeDirectory, addresses, private_directory
from config.embedded.servers import Postgres, ServerFailed
from config.embedded.session import Session
from tests.config.processes import ROOT, clean_environment, copy_checkout, manage, processes_of
from tests.programs import wait_until

pytestmark = pytest.mark.faults
BOTH = ("postgres", "valkey")


@contextlib.contextmanager
def session(root: Path, names: tuple[str, ...] = BOTH):
    opened = Session(Paths(root), names)
    opened.open(migrate=False)
    try:
        yield opened
    finally:
        opened.close()


def connect(root: Path) -> psycopg.Connection:
    where = addresses(root)
    return psycopg.connect(host=where.host, port=where.port, user=where.user, dbname="postgres", autocommit=True)


def can_connect(root: Path) -> bool:
    try:
        connect(root).close()
    except psycopg.OperationalError:
        return False
    return True


def postmaster(root: Path) -> int:
    return int((Paths(root).pg / "postmaster.pid").read_text().split()[0])


class TestAddresses:
    def test_are_known_before_anything_runs(self, tmp_path):
        where = addresses(tmp_path)
        assert where.host == str(tmp_path / "var" / "run")
        assert where.database_url == f"postgresql://postgres@/concord?host={where.host}&port=5432"
        assert where.redis_url == f"unix://{where.host}/vk.sock?db=0"
        assert not (tmp_path / "var").exists()

    @pytest.mark.parametrize("name", ["x" * 120, "with space", "comma,in", "question?", "percent%", "häuser"])
    def test_use_a_short_private_directory_where_the_path_does_not_fit(self, tmp_path, name):
        host = addresses(tmp_path / name).host
        assert len(f"{host}/.s.PGSQL.5432") <= LONGEST_SOCKET_PATH
        assert host.startswith(f"/tmp/concord-{os.getuid()}-")
        assert addresses(tmp_path / name).host == host
        assert addresses(tmp_path / f"{name}2").host != host

    def test_a_directory_that_another_user_made_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        with pytest.raises(UnsafeDirectory):
            private_directory(tmp_path)

    def test_a_link_is_refused(self, tmp_path):
        (tmp_path / "link").symlink_to(tmp_path)
        with pytest.raises(UnsafeDirectory):
            private_directory(tmp_path / "link")


class TestServers:
    def test_start_with_the_first_user_and_stop_with_the_last(self, tmp_path):
        with session(tmp_path):
            with connect(tmp_path) as database:
                assert database.execute("SHOW timezone").fetchone() == ("UTC",)
                assert database.execute("SHOW max_connections").fetchone() == ("200",)
            with session(tmp_path):
                pass
            assert can_connect(tmp_path)
        assert processes_of(tmp_path) == {}
        assert oct(Paths(tmp_path).var.stat().st_mode)[-3:] == "700"

    def test_only_the_server_that_is_asked_for_runs(self, tmp_path):
        with session(tmp_path, ("valkey",)):
            assert not Paths(tmp_path).pg.exists()
            with session(tmp_path, ("postgres",)):
                assert can_connect(tmp_path)

    def test_work_from_a_long_path_with_odd_names(self, tmp_path):
        root = tmp_path / "a checkout, somewhere" / ("deep" * 30)
        root.mkdir(parents=True)
        with session(root):
            assert can_connect(root)
        assert processes_of(root) == {}
        shutil.rmtree(Paths(root).sockets)

    def test_restart_with_every_row_after_kill_9_of_the_postmaster(self, tmp_path):
        with session(tmp_path):
            with connect(tmp_path) as database:
                database.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS n")
            os.kill(postmaster(tmp_path), signal.SIGKILL)
            wait_until(lambda: can_connect(tmp_path), what="PostgreSQL back")
            with connect(tmp_path) as database:
                assert database.execute("SELECT count(*) FROM kept").fetchone() == (500,)
        assert processes_of(tmp_path) == {}

    def test_end_when_the_keeper_is_killed_and_start_with_the_next(self, tmp_path):
        with session(tmp_path) as opened:
            os.kill(opened.status()["pid"], signal.SIGKILL)
            wait_until(lambda: not keeper_lives(opened.paths.run), what="keeper gone")
            opened.ensure()
            assert can_connect(tmp_path)
        assert processes_of(tmp_path) == {}

    def test_start_after_a_crash(self, tmp_path):
        """A pid file whose number is now another process's, and sockets that nobody listens on."""
        with session(tmp_path):
            lines = (Paths(tmp_path).pg / "postmaster.pid").read_text().splitlines()
        lines[0] = str(os.getpid())
        (Paths(tmp_path).pg / "postmaster.pid").write_text("\n".join(lines))
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "vk.sock"):
            (Paths(tmp_path).sockets / name).write_text(f"{os.getpid()}\n")
        with session(tmp_path):
            assert can_connect(tmp_path)

    def test_create_an_incomplete_cluster_again(self, tmp_path):
        half = Paths(tmp_path).var / "pg.new"
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18")
        with session(tmp_path, ("postgres",)):
            assert can_connect(tmp_path)
        assert not half.exists()

    def test_stop_when_their_folder_is_removed(self, tmp_path):
        with session(tmp_path):
            shutil.rmtree(Paths(tmp_path).run)
            wait_until(lambda: processes_of(tmp_path) == {}, what="servers of a removed checkout gone")

    def test_say_why_they_cannot_start(self, tmp_path):
        (Paths(tmp_path).pg).mkdir(parents=True)
        (Paths(tmp_path).pg / "something").touch()
        with pytest.raises(ServerFailed, match="is not empty and holds no PostgreSQL data"), session(tmp_path):
            pass
        assert processes_of(tmp_path) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
class TestAsAnotherUser:
    @pytest.fixture
    def open_home(self):
        home = Path(tempfile.mkdtemp(prefix="concord-other-user-", dir="/tmp"))
        home.chmod(0o755)
        yield home
        shutil.rmtree(home)

    def test_an_ordinary_user_needs_no_rights(self, open_home):
        """Run the servers under a uid that has no name, with a Python that such a user can execute."""
        python = self.python_for_everybody()
        os.chown(open_home, 12345, 12345)
        code = (
            "import sys; from pathlib import Path; from config.embedded.paths import Paths;"
            "from config.embedded.session import Session; s = Session(Paths(Path(sys.argv[1])), ('postgres', 'valkey'));"
            "s.open(migrate=False); print(s.status()['ready']); s.close()"
        )
        done = subprocess.run(
            ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", *python, "-c", code, str(open_home)],
            cwd=ROOT,
            env=clean_environment(HOME=str(open_home), PYTHONPATH=self.site_packages(), PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.stdout.strip() == "['postgres', 'valkey']", done.stderr
        assert (open_home / "var" / "pg").stat().st_uid == 12345
        assert processes_of(open_home) == {}

    def test_root_without_user_namespaces_runs_the_server_as_nobody(self, open_home, monkeypatch):
        self.python_for_everybody()
        monkeypatch.setattr(servers, "_not_root", lambda: ((), True))
        paths = Paths(open_home)
        paths.make()
        server = Postgres(data=paths.pg, sockets=paths.sockets, log=paths.log / "postgres.log")
        server.start()
        try:
            assert can_connect(open_home)
            assert Path(f"/proc/{postmaster(open_home)}").stat().st_uid == NOBODY
        finally:
            server.stop()
        paths.make()

    @staticmethod
    def site_packages() -> str:
        return str(Path(psycopg.__file__).parents[1])

    @classmethod
    def python_for_everybody(cls) -> list[str]:
        """Return our Python, or the system's of the same version where ours is in a private home directory."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        as_nobody = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
        # In a child process: setpriv itself may still have access to private home directories.
        code = "import subprocess as s, sys; s.check_call([sys.executable, '-c', 'import psycopg, config.embedded.session'])"
        for python in (sys.executable, f"/usr/bin/python{version}"):
            ask = [*as_nobody, python, "-c", code]
            environment = clean_environment(PYTHONPATH=cls.site_packages(), PYTHONDONTWRITEBYTECODE="1")
            with contextlib.suppress(OSError):
                if subprocess.run(ask, cwd=ROOT, env=environment, capture_output=True).returncode == 0:
                    return [python]
        pytest.skip("no Python of this version, or no checkout, that another user may read")


class TestCommands:
    @pytest.fixture
    def checkout(self, tmp_path):
        return copy_checkout(tmp_path / "checkout")

    def test_a_command_that_needs_no_database_starts_nothing(self, checkout):
        for arguments in (["check"], ["help"], ["makemigrations", "--check", "--dry-run"], ["migrate", "--help"]):
            done = manage(checkout, *arguments)
            assert done.returncode == 0, done.stderr
        assert not (checkout / "var" / "run").exists()

    def test_four_first_commands_at_once_make_one_cluster_and_the_last_leaves_nothing(self, checkout):
        code = "from django.contrib.auth import get_user_model as u; print(u().objects.count())"
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: manage(checkout, "shell", "--no-imports", "-c", code), range(4)))
        for one in done:
            assert (one.returncode, one.stdout.strip()) == (0, "0"), one.stderr
        assert processes_of(checkout) == {}
        log = (checkout / "var" / "log" / "keeper.log").read_text()
        assert log.count("(initdb)") == 1
        again = manage(checkout, "shell", "--no-imports", "-c", code)
        assert again.stderr == "", "a later start migrates nothing and says nothing"
        assert processes_of(checkout) == {}

    def test_given_addresses_are_used_and_nothing_is_started(self, checkout):
        done = manage(
            checkout,
            "showmigrations",
            DATABASE_URL=urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres")),
            REDIS_URL=os.environ["REDIS_URL"],
        )
        assert done.returncode == 0, done.stderr
        assert not (checkout / "var" / "run").exists()

    def test_without_django_the_message_says_what_to_do(self, checkout):
        done = subprocess.run(
            [sys.executable, "-S", "manage.py", "migrate"], cwd=checkout, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1
        assert done.stderr == "Django is not installed for this Python: run `make setup`, then use .venv/bin/python.\n"


class TestTheFingerprintOfMigrations:
    @pytest.mark.parametrize(
        "changed", ["annotation/migrations/0001_initial.py", "annotation/sql/claim.sql", "requirements/run.txt"]
    )
    def test_changes_with_whatever_migrate_applies(self, changed, tmp_path, monkeypatch):
        monkeypatch.setattr(embedded_session, "ROOT", tmp_path)
        for name in ("annotation/migrations/0001_initial.py", "annotation/sql/claim.sql", "requirements/run.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("before")
        before = embedded_session.migrations_fingerprint()

        (tmp_path / changed).write_text("after")

        assert embedded_session.migrations_fingerprint() != before
