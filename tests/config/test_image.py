"""The production image's roles run as its own user, and as any other of group 0, with nothing to write but its volume."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import pickle
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
import pytest
import yaml

from tests.config import image as images
from tests.config.image import Container, Image
from tests.config.outside import free_port
from tests.config.processes import ROOT
from tests.faults.proxy import Proxy
from tests.programs import wait_until

pytestmark = pytest.mark.skipif(not images.available(), reason=images.WHY_NOT)

DATABASE = f"image_{os.getpid()}"
OWN, ANY = "10001:0", "1000650000:0"
"""The user of the image, and one that OpenShift would choose: it has no name, no home and no other group."""

TOKEN = """
from annotation.models import Project, User
from annotation.services.access import tokens
from annotation.vocabulary import Scope
user = User.objects.create_superuser(f"{slug}@example.org", name="Erin")
print(tokens.create(user=user, name="t", scopes=list(Scope), projects=[Project.objects.get(slug=slug)], days=1)[1])
"""


def pairs(name: str) -> bytes:
    responses = {f"response_{side}": {"model": f"m-{side}", "text": f"The answer {side}."} for side in "ab"}
    return json.dumps({"id": name, "prompt": f"What is {name}?", **responses}).encode() + b"\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Build the image: once, also where several processes run the tests."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return images.build(tmp_path_factory.mktemp("image"))
    shared = tmp_path_factory.getbasetemp().parent / "image"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = shared / "built"
        if not built.exists():
            built.write_bytes(pickle.dumps(images.build(shared)))
        return cast(Image, pickle.loads(built.read_bytes()))


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """Addresses of a new database and of Redis: by port, for other users may not enter the folder of their sockets."""
    database, redis = urlsplit(os.environ["DATABASE_URL"]), urlsplit(os.environ["REDIS_URL"])
    admin = urlunsplit(database._replace(path="/postgres"))
    with ExitStack() as stack:

        def port_of(socket: Path) -> int:
            proxy = Proxy(socket)
            stack.callback(proxy.stop)
            proxy.start()
            return proxy.port

        query = parse_qs(database.query)
        if not database.hostname and "host" in query:
            socket = Path(query["host"][0]) / f".s.PGSQL.{query.get('port', ['5432'])[0]}"
            netloc = f"{database.username}@127.0.0.1:{port_of(socket)}"
            database = database._replace(netloc=netloc, query="")
        if not redis.hostname:
            number = parse_qs(redis.query).get("db", ["0"])[0]
            redis = urlsplit(f"redis://127.0.0.1:{port_of(Path(redis.path))}/{number}")
        connection = stack.enter_context(psycopg.connect(admin, autocommit=True))
        connection.execute(f"CREATE DATABASE {DATABASE}")
        stack.callback(connection.execute, f"DROP DATABASE {DATABASE} WITH (FORCE)")
        yield {"DATABASE_URL": urlunsplit(database._replace(path=f"/{DATABASE}")), "REDIS_URL": urlunsplit(redis)}


@dataclass
class Site:
    """The containers of an installation, all of one user."""

    user: str
    image: Image
    volume: Path
    port: int
    begin: Callable[..., Container]
    web: Container
    worker: Container
    beat: Container

    @property
    def slug(self) -> str:
        return f"of-{self.user.split(':')[0]}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Ask as the proxy that ends TLS does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        given = {"Host": "localhost", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", **headers}
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def command(self, *words: str, given: bytes = b"") -> str:
        """Run a role that ends, and return what it printed."""
        one = self.begin(*words)
        done = subprocess.run(
            one.command, env=one.environment, input=given, capture_output=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@pytest.fixture(scope="module", params=[OWN, ANY], ids=["its-own-user", "any-user-of-group-0"])
def site(
    request: pytest.FixtureRequest, image: Image, servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder, user = tmp_path_factory.mktemp("containers"), request.param
    volume, given = image.volume(folder / "var"), folder / "secrets"
    given.mkdir()
    for name, value in (("secret_key", secrets.token_urlsafe(64)), ("database_url", servers["DATABASE_URL"])):
        (given / name).write_text(f"{value}\n")
    port = free_port()
    environment = {
        **{f"{name}_FILE": f"/run/secrets/{name.lower()}" for name in ("SECRET_KEY", "DATABASE_URL")},
        "REDIS_URL": servers["REDIS_URL"],
        "CELERY_QUEUE": DATABASE,
        "ALLOWED_HOSTS": "localhost",
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "1",
        "HOME": "/app" if user == OWN else "/",
    }
    roles: dict[str, Container] = {}

    def begin(*words: str) -> Container:
        log = folder / f"{'-'.join(words)[:20].replace('/', '-')}.log"
        return images.container(image, log, *words, user=user, environment=environment, volume=volume, secrets=given)

    migrate = begin("migrate")
    migrate.start()
    assert migrate.process is not None
    assert migrate.process.wait(timeout=200) == 0, migrate.log_tail()
    try:
        for role in ("web", "worker", "beat"):
            roles[role] = begin(role)
            roles[role].start()
        yield Site(user, image, volume, port, begin, **roles)
    finally:
        for one in roles.values():
            one.stop()


def alive_file(role: str) -> str:
    return f"/tmp/concord-{role}-alive"


def wait_for(one: Container, path: str) -> None:
    def there() -> bool:
        assert one.alive(), one.log_tail()
        return one.file(path).exists()

    wait_until(there, what=path)


def wait_for_web(site: Site) -> None:
    def answers() -> bool:
        assert site.web.alive(), site.web.log_tail()
        try:
            return site.ask("GET", "/healthz") == (200, b"ok\n")
        except OSError:
            return False

    wait_until(answers, what="the web process answers")


def health_check(role: str) -> list[str]:
    """Return the command of compose's health check, as the engine runs it."""
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    kind, *words = [word.replace("$$", "$") for word in services[role]["healthcheck"]["test"]]
    return words if kind == "CMD" else ["/bin/sh", "-c", *words]


class TestTheImage:
    def test_runs_as_a_user_of_group_0_alone(self, image: Image) -> None:
        assert image.user == OWN
        passwd = [line.split(":") for line in (image.root / "etc" / "passwd").read_text().splitlines()]
        (own,) = [line for line in passwd if line[0] == "concord"]
        assert own[2:4] == ["10001", "0"]
        assert own[-1].endswith("nologin")
        groups = (image.root / "etc" / "group").read_text().splitlines()
        assert [line for line in groups if "concord" in line.split(":")[-1].split(",")] == []

    def test_can_be_read_by_everybody_and_written_by_nobody_but_its_volume_by_group_0(self, image: Image) -> None:
        assert image.volumes == ["/app/var"]
        var = image.path / "var"
        assert (var.stat().st_mode & 0o7777, var.stat().st_gid) == (0o770, 0)
        paths = [path for path in image.path.rglob("*") if var not in (path, *path.parents)]
        assert len(paths) > 1000
        assert [path for path in paths if path.stat().st_mode & 0o022] == []
        assert [path for path in paths if path.stat().st_mode & 0o444 != 0o444] == []
        assert [path for path in paths if path.is_dir() and path.stat().st_mode & 0o111 != 0o111] == []
        assert [path for path in paths if (path.stat().st_uid, path.stat().st_gid) != (0, 0)] == []

    def test_has_its_static_files_and_compiled_code_and_no_tests(self, image: Image) -> None:
        assert (image.path / "staticfiles" / "staticfiles.json").is_file()
        assert list((image.path / "config" / "__pycache__").glob("wsgi.*.pyc"))
        assert [name for name in ("tests", "benchmarks", ".venv", ".git") if (image.path / name).exists()] == []


class TestAContainer:
    def test_of_web_answers_its_health_and_static_files(self, site: Site) -> None:
        wait_for_web(site)
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"checks": {"postgresql": "ok", "redis": "ok"}})
        static = site.image.path / "staticfiles"
        names = json.loads((static / "staticfiles.json").read_text())["paths"]
        for source in ("annotation/js/judge.js", "annotation/css/base.css"):
            served = next(name for given, name in names.items() if given == source)
            assert site.ask("GET", f"/static/{served}") == (200, (static / served).read_bytes())
        assert site.ask("GET", "/login")[0] == 200

    def test_imports_by_command_and_over_the_api(self, site: Site) -> None:
        wait_for_web(site)
        command = ["import_prompts", "--project", site.slug, "--json", "-"]
        assert json.loads(site.command(*command, given=pairs("one") + pairs("two")))["pairs"] == 2
        secret = site.command("shell", "-v", "0", "-c", f"slug = {site.slug!r}\n{TOKEN}").split()[-1]
        authorized = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"}
        status, body = site.ask("POST", f"/api/v1/projects/{site.slug}/imports", pairs("three"), **authorized)
        assert status == 202, body
        job = f"/api/v1/jobs/{json.loads(body)['id']}"

        def done() -> bool:
            assert site.worker.alive(), site.worker.log_tail()
            state = json.loads(site.ask("GET", job, **authorized)[1])["state"]
            assert state != "failed"
            return bool(state == "done")

        wait_until(done, what="the worker's import")
        # Kept for the worker by the web process, in the volume: both are the same user, and others may not read it.
        kept = [path for path in (site.volume / "uploads").rglob("*") if path.is_file()]
        assert kept
        assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in kept} == {
            (int(site.user.split(":")[0]), 0o600)
        }

    @pytest.mark.parametrize("role", ["web", "worker", "beat"])
    def test_writes_nothing_but_its_volume_and_its_temporary_folders(self, site: Site, role: str) -> None:
        one: Container = getattr(site, role)
        wait_for_web(site) if role == "web" else wait_for(one, alive_file(role))
        status = dict(line.split(":", 1) for line in Path(f"/proc/{one.pid}/status").read_text().splitlines())
        uid, gid = site.user.split(":")
        assert (status["Uid"].split(), status["Gid"].split()) == ([uid] * 4, [gid] * 4)
        assert (status["Groups"].split(), int(status["CapEff"], 16), status["NoNewPrivs"].strip()) == ([], 0, "1")
        for folder, writable in (
            ("/", False),
            ("/app", False),
            ("/app/config", False),
            ("/venv", False),
            ("/app/var", True),
            ("/tmp", True),
            ("/dev/shm", True),
        ):
            done = one.do(site.user, "sh", "-c", f"touch {folder}/tried && rm {folder}/tried")
            assert (done.returncode == 0) is writable, (folder, done.stderr)

    @pytest.mark.parametrize("role", ["worker", "beat"])
    def test_is_healthy_while_its_file_is_written_and_no_longer(self, site: Site, role: str) -> None:
        one: Container = getattr(site, role)
        file = alive_file(role)
        wait_for(one, file)
        check = health_check(role)
        assert file in check[-1]
        assert one.do(site.user, *check).returncode == 0
        one.send(signal.SIGSTOP)  # it writes no more
        try:
            os.utime(one.file(file), (0, 0))
            assert one.do(site.user, *check).returncode != 0
            one.file(file).unlink()
            assert one.do(site.user, *check).returncode != 0
        finally:
            one.send(signal.SIGCONT)
        wait_for(one, file)
        assert one.do(site.user, *check).returncode == 0

    def test_of_web_is_healthy_while_it_answers(self, site: Site) -> None:
        wait_for_web(site)
        *words, script = health_check("web")
        assert site.web.do(site.user, *words, script.replace(":8000/", f":{site.port}/")).returncode == 0
        assert site.web.do(site.user, *words, script.replace(":8000/", f":{free_port()}/")).returncode != 0

    def test_of_beat_keeps_its_schedule_in_the_temporary_folder(self, site: Site) -> None:
        wait_for(site.beat, alive_file("beat"))
        assert list(site.beat.file("/tmp").glob("beat-schedule*"))

    def test_of_web_beats_in_memory(self, site: Site) -> None:
        wait_for_web(site)
        files = site.web.do(site.user, "sh", "-c", f"readlink /proc/{site.web.pid}/fd/*").stdout.splitlines()
        assert [name for name in files if name.startswith("/dev/shm/wgunicorn-")]

    @pytest.mark.parametrize("role", ["web", "worker", "beat"])
    def test_warns_of_nothing(self, site: Site, role: str) -> None:
        one: Container = getattr(site, role)
        wait_for_web(site) if role == "web" else wait_for(one, alive_file(role))
        lines = one.log_tail().lower().replace("[stderr]@%warning", "")  # beat's level of its log
        assert [word for word in ("warning", "denied", "read-only", "error") if word in lines] == [], lines
