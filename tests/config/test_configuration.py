"""The configuration is read once, at start: what cannot be used is refused in one sentence that holds nothing of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg.conninfo
import pytest
import redis as redis_py
from hypothesis import example, given
from hypothesis import strategies as st
from kombu import Connection

from config import addresses, env
from config.env import PARSERS, Configuration, read
from config.values import BadSetting
from tests.config.processes import ROOT

GOOD = {
    "SECRET_KEY": "n0t-a-secret-but-long-enough-for-what-is-tried-here-0123456789",
    "DATABASE_URL": "postgresql://nobody@localhost:1/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "ALLOWED_HOSTS": "concord.example",
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
}
MARK = "hunter2"
NASTY = [
    "",
    "\0",
    "a\nb",
    "\udcff",
    "[",
    "%",
    "%zz",
    "%00",
    "-1",
    "0",
    "9" * 400,
    "٣",
    "1e3",
    " ",
    ",",
    "../..",
    "x" * 5_000,
    *(
        f"postgresql://{middle}"
        for middle in ("[", "u:p@h:99999/d", "u:p%@h/d", "u:p%00@h/d", "h/d?sslmode=maybe", "h/" + "d" * 64)
    ),
    *(f"redis://{middle}" for middle in ("[", "h:-1/0", "h:x/0", "h/x", "h/0?db=x", "h/0?socket_timeout=1", "a..b/0")),
    "rediss://h/0?ssl_ca_certs=/nowhere",
    "postgresql://h/d?sslrootcert=/nowhere",
]
PIECES = st.sampled_from(
    [
        *NASTY[:15],
        "postgresql://",
        "redis://",
        "rediss://",
        "unix:///",
        "u:",
        "@",
        "h",
        ":",
        "/",
        "?",
        "#",
        "&",
        "=",
        MARK,
    ]
    + ["sslmode", "ssl_cert_reqs", "sslrootcert", "connect_timeout", "host", "db", "true", "127.0.0.1", "::1", "*", "."]
)
ANY = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))
NAMES = sorted(PARSERS)


def refusal(environment: Mapping[str, str]) -> str:
    with pytest.raises(BadSetting) as refused:
        read(environment)
    return str(refused.value)


def connects(configuration: Configuration) -> None:
    """Hand the addresses to the libraries that connect, as far as they look at them before they do."""
    assert configuration.database_url is not None
    assert configuration.redis_url is not None
    entry = addresses.database(configuration.database_url, pool=8)
    options = {key: value for key, value in entry["OPTIONS"].items() if key not in ("pool", "limits")}
    named = {"dbname": entry["NAME"], "user": entry["USER"], "password": entry["PASSWORD"], "host": entry["HOST"]}
    psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(**named, **options))
    where = configuration.redis_url
    mine = redis_py.ConnectionPool.from_url(where.client_url).connection_kwargs
    theirs = Connection(where.broker_url, ssl=where.broker_tls or False).channel
    assert mine.get("db", 0) == where.db
    assert callable(theirs)


class TestAnyValue:
    @given(name=st.sampled_from(NAMES), value=ANY, by_file=st.booleans())
    @example(name="REDIS_URL", value=f"redis://u:{MARK}@[/0", by_file=False)
    @example(name="DATABASE_URL", value=f"postgresql://u:x?{MARK}=1@h/d", by_file=False)
    @example(name="DATABASE_URL", value=f"{MARK}://h/d", by_file=True)
    def test_starts_or_is_refused_in_one_sentence_that_holds_nothing_of_it(
        self, name: str, value: str, by_file: bool
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            environment = {key: given for key, given in GOOD.items() if key != name} | {name: value}
            if by_file:
                file = Path(folder) / "value"
                file.write_bytes(value.encode("utf-8", "surrogateescape") if _writable(value) else b"\xff")
                environment = {key: given for key, given in environment.items() if key != name}
                environment[f"{name}_FILE"] = str(file)
            try:
                connects(read(environment))
            except BadSetting as refused:
                sentence = str(refused)
                assert name in sentence
                assert "\n" not in sentence
                assert sentence.endswith(".")
                assert MARK not in sentence
                assert value.strip() == "" or len(value) < 12 or value not in sentence

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", ["two\nlines", "\0", "\udcff", "\x1b[31m"])
    def test_that_is_no_line_of_text_is_refused(self, name: str, value: str) -> None:
        assert name in refusal({**GOOD, name: value})


def _writable(value: str) -> bool:
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


class TestAFile:
    @pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
    def test_may_end_with_a_line_end(self, tmp_path: Path, ending: str) -> None:
        (tmp_path / "key").write_bytes(f" {GOOD['SECRET_KEY']} {ending}".encode())
        given = read({**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")})
        assert given.secret_key == f" {GOOD['SECRET_KEY']} "

    def test_of_a_list_may_have_blanks(self, tmp_path: Path) -> None:
        (tmp_path / "hosts").write_text(" a.example , .b.example,\n")
        given = read({**GOOD, "ALLOWED_HOSTS": "", "ALLOWED_HOSTS_FILE": str(tmp_path / "hosts")})
        assert given.allowed_hosts == ("a.example", ".b.example")

    def test_is_refused_where_it_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        (tmp_path / "large").write_bytes(b"x" * 70_000)
        told = {
            name: refusal({**GOOD, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / name)})
            for name in ("nothing", ".", "empty", "bytes", "large")
        }
        assert told == {
            "nothing": "SECRET_KEY_FILE names a file that does not exist.",
            ".": "SECRET_KEY_FILE names a folder, not a file.",
            "empty": "SECRET_KEY_FILE names an empty file.",
            "bytes": "SECRET_KEY_FILE names a file that is not UTF-8 text.",
            "large": "SECRET_KEY_FILE names a file of more than 65536 bytes.",
        }

    def test_beside_the_variable_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(GOOD["SECRET_KEY"])
        told = refusal({**GOOD, "SECRET_KEY_FILE": str(tmp_path / "key")})
        assert told == "SECRET_KEY and SECRET_KEY_FILE are both set: keep one of them."


class TestNumbers:
    @pytest.mark.parametrize(("value", "wanted"), [("1", 1), (" 8080 ", 8080), ("65535", 65535)])
    def test_within_their_bounds_are_taken(self, value: str, wanted: int) -> None:
        assert read({"PORT": value}).port == wanted

    @pytest.mark.parametrize("value", ["0", "-1", "65536", "1e3", "٣", "0x10", "1.0", "9" * 400])
    def test_outside_of_them_are_refused(self, value: str) -> None:
        assert refusal({"PORT": value}) == "PORT must be a whole number from 1 to 65535."


class TestRedis:
    def test_is_spelled_alike_for_both_clients(self) -> None:
        where = addresses.redis("redis://u%40:p%2F@[::1]:7/3")
        mine = redis_py.ConnectionPool.from_url(where.client_url).connection_kwargs
        theirs = Connection(where.broker_url)
        assert (mine["username"], mine["password"], mine["host"], mine["port"], mine["db"]) == ("u@", "p/", "::1", 7, 3)
        assert (theirs.userid, theirs.password, theirs.hostname, theirs.port) == ("u@", "p/", "::1", 7)
        assert theirs.virtual_host == "3"

    def test_over_tls_is_verified_by_both_clients_unless_it_is_asked_not_to(self) -> None:
        import ssl

        where = addresses.redis("rediss://h/0")
        connection = redis_py.ConnectionPool.from_url(where.client_url).make_connection()
        assert (connection.cert_reqs, connection.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert where.broker_tls == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        none = addresses.redis("rediss://h/0?ssl_cert_reqs=none")
        connection = redis_py.ConnectionPool.from_url(none.client_url).make_connection()
        assert (connection.cert_reqs, connection.check_hostname) == (ssl.CERT_NONE, False)
        assert none.broker_tls == {"ssl_cert_reqs": ssl.CERT_NONE, "ssl_check_hostname": False}

    @pytest.mark.parametrize("url", ["unix:///a/b.sock?db=2", "redis+socket:///a/b.sock?virtual_host=2"])
    def test_by_its_socket_is_spelled_as_each_client_takes_it(self, url: str) -> None:
        where = addresses.redis(url)
        assert where.client_url == "unix:///a/b.sock?db=2"
        assert where.broker_url == "redis+socket:///a/b.sock?virtual_host=2"


class TestPostgreSQL:
    def test_is_verified_where_certificates_to_verify_by_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "ca+1.pem").write_text("x")
        where = addresses.postgres(f"postgresql://h/d?sslrootcert={tmp_path}/ca+1.pem")
        assert where.parameters == {"sslmode": "verify-full", "sslrootcert": f"{tmp_path}/ca+1.pem"}
        told = refusal({"DATABASE_URL": f"postgresql://h/d?sslmode=prefer&sslrootcert={tmp_path}/ca+1.pem"})
        assert told == "DATABASE_URL has certificates to verify the server by, and an sslmode that does not verify it."


AT_THE_ROOT = "cannot be set: Concord is served at the root of a host, never below a path."
BY_ADDRESS = "is no setting of Concord: name the proxies' addresses in TRUSTED_PROXIES."
REFUSED = {
    "SCRIPT_NAME": AT_THE_ROOT,
    "FORCE_SCRIPT_NAME": AT_THE_ROOT,
    "TRUSTED_PROXY_COUNT": BY_ADDRESS,
    "FORWARDED_ALLOW_IPS": BY_ADDRESS,
    "WEB_CONCURRENCY": "is no setting of Concord: how many web processes there are is set by WEB_WORKERS.",
}
"""Variables of Django, of gunicorn or of an older version, whose effect here would not be what they promise."""


class TestAVariableThatIsNoSetting:
    @pytest.mark.parametrize("name", REFUSED)
    @pytest.mark.parametrize("value", ["/concord", "/", "2", " "])
    def test_is_refused_by_its_name(self, tmp_path: Path, name: str, value: str) -> None:
        assert refusal({**GOOD, name: value}) == f"{name} {REFUSED[name]}"
        assert read({**GOOD, name: ""}).given == set(GOOD), "an empty variable is one that is not set"

    @pytest.mark.parametrize("name", REFUSED)
    def test_is_refused_by_its_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "value").write_text("/concord\n")
        assert refusal({**GOOD, f"{name}_FILE": str(tmp_path / "value")}) == f"{name} {REFUSED[name]}"


class TestAPathBelowAHost:
    @pytest.mark.parametrize(
        "value", ["concord.example/concord", "https://concord.example/concord", "concord.example/"]
    )
    def test_is_no_part_of_a_host(self, value: str) -> None:
        told = "ALLOWED_HOSTS must list host names such as concord.example, without scheme, port and path."
        assert refusal({**GOOD, "ALLOWED_HOSTS": value}) == told

    @pytest.mark.parametrize("value", ["https://concord.example/concord", "https://concord.example/"])
    def test_is_no_part_of_an_origin(self, value: str) -> None:
        told = "CSRF_TRUSTED_ORIGINS must list origins such as https://concord.example:8443, without a path."
        assert refusal({**GOOD, "CSRF_TRUSTED_ORIGINS": value}) == told


PROCESSES = {
    "web": [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"],
    "worker": [sys.executable, "-m", "celery", "-A", "config", "worker"],
    "beat": [sys.executable, "-m", "celery", "-A", "config", "beat"],
    "a command": [sys.executable, "manage.py", "check_integrity"],
    "make run": [sys.executable, "-m", "config.supervisor"],
    "the image": ["sh", "docker/entrypoint", "web"],
}


def ended(process: str, **wrong: str) -> str:
    """Return what a process wrote that cannot start with its variables."""
    kept = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        PROCESSES[process], cwd=ROOT, env=kept | GOOD | wrong, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (env.EXIT, ""), done.stderr
    return done.stderr


class TestAProcess:
    @pytest.mark.parametrize("process", PROCESSES)
    def test_ends_with_one_sentence(self, process: str) -> None:
        told = ended(process, DATABASE_URL=f"postgresql://u:{MARK}@[h/d")
        assert re.fullmatch(r"concord: DATABASE_URL must [^\n]*\.\n", told), told
        assert MARK not in told

    @pytest.mark.parametrize("name", ["SCRIPT_NAME", "FORCE_SCRIPT_NAME"])
    @pytest.mark.parametrize("process", PROCESSES)
    def test_is_not_served_below_a_path(self, process: str, name: str, tmp_path: Path) -> None:
        (tmp_path / "value").write_text("/concord\n")
        given = {name: "/concord"} if name == "SCRIPT_NAME" else {f"{name}_FILE": str(tmp_path / "value")}
        assert ended(process, **given) == f"concord: {name} {AT_THE_ROOT}\n"

    @pytest.mark.parametrize(("name", "value"), [("WEB_CONCURRENCY", "3"), ("FORWARDED_ALLOW_IPS", "10.0.0.1")])
    @pytest.mark.parametrize("process", ["web", "the image"])
    def test_says_which_variables_of_gunicorn_have_no_effect(self, process: str, name: str, value: str) -> None:
        assert ended(process, **{name: value}) == f"concord: {name} {REFUSED[name]}\n"


class TestAValueThatCannotWork:
    """Of its kind, but nothing would come of it: told at the start, and not by a library in a hundred lines."""

    @pytest.mark.parametrize("name", ["BEAT_SCHEDULE", "BEAT_ALIVE_FILE", "WORKER_ALIVE_FILE"])
    @pytest.mark.parametrize("place", ["nowhere/file", ""])
    def test_is_a_file_to_write_where_no_folder_is(self, tmp_path: Path, name: str, place: str) -> None:
        told = refusal({**GOOD, name: str(tmp_path / place)})
        assert told == f"{name} must be the path of a file, in a folder that exists."
        assert name in read({**GOOD, name: str(tmp_path / "file")}).given

    def test_is_a_folder_for_a_socket(self, tmp_path: Path) -> None:
        told = "WEB_BIND must not be a folder: unix:/PATH names the socket that is made."
        assert refusal({**GOOD, "WEB_BIND": f"unix:{tmp_path}"}) == told
        assert "WEB_BIND" in read({**GOOD, "WEB_BIND": f"unix:{tmp_path}/socket"}).given

    @pytest.mark.parametrize("value", ["0.0.0.0/0", "10.0.0.0/8, ::/0"])
    def test_is_every_address_as_that_of_a_proxy(self, value: str) -> None:
        assert refusal({**GOOD, "TRUSTED_PROXIES": value}).startswith("TRUSTED_PROXIES must not hold every address")
        assert "METRICS_ALLOWED" in read({**GOOD, "METRICS_ALLOWED": value}).given

    @pytest.mark.parametrize("value", ["mysql://user:word@host/name", "Concord <https://a@b>", "a@b/c"])
    def test_is_no_address_of_mail(self, value: str) -> None:
        assert refusal({**GOOD, "EMAIL_FROM": value}).startswith("EMAIL_FROM must be a mail address")

    @pytest.mark.parametrize(
        ("where", "reason"),
        [
            ("127.0.0.1:9", "Connection refused"),
            ("nowhere.invalid", "failed to resolve host"),
            ("/d?host=/nowhere", "No such file or directory"),
        ],
    )
    def test_is_a_server_that_is_not_there(self, where: str, reason: str) -> None:
        given = f"postgresql://u:{MARK}@{where}{'' if '?' in where else '/d'}"
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]} | GOOD | {"DATABASE_URL": given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout) == (env.EXIT, "")
        assert re.fullmatch(
            rf"concord: There is no connection to PostgreSQL as DATABASE_URL describes it: .*{reason}.*\.\n",
            done.stderr,
        )
        assert MARK not in done.stderr


class TestDocuments:
    def test_name_every_variable_and_no_other(self) -> None:
        of_tests = {"CHROMIUM", "CONCORD_REFERENCE_DATA"}
        refused = {*REFUSED, "DEBUG"}
        wanted = set(PARSERS) - refused | of_tests
        sample = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
        readme = (ROOT / "README.md").read_text().partition("## Configuration")[2].partition("\n## ")[0]
        first = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
        table = [name for cell in first for name in re.findall(r"`([A-Z_]+)`", cell)]
        assert sorted(sample) == sorted(wanted)
        assert sorted(table) == sorted(wanted)
