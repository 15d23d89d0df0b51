"""Debian's PostgreSQL, Redis and PgBouncer with TLS, which the embedded servers do not have, as a test starts them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.servers import with_parent

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path("/nowhere"))
ACCOUNT = "postgres"
AVAILABLE = (PROGRAMS / "postgres").exists() and all(map(shutil.which, ("redis-server", "openssl")))
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
"""Debian's, which is in no user's PATH but root's."""
WHY_NOT = "needs Debian's postgresql, redis-server and openssl: the embedded servers have no TLS"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def openssl(*words: str, cwd: Path) -> None:
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True)


def authority(folder: Path, name: str) -> Path:
    """Make a certificate that signs others; return its file."""
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    extension = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(*request, *extension, "-keyout", f"{name}.key", "-out", f"{name}.pem", cwd=folder)
    return folder / f"{name}.pem"


def certify(folder: Path, ca: str) -> None:
    """Make ``server.pem`` and ``server.key`` for ``localhost``."""
    openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
        cwd=folder,
    )
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    signed = ["-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-extfile", "names"]
    openssl("x509", "-req", "-in", "server.csr", *signed, "-days", "2", "-out", "server.pem", cwd=folder)


def unprivileged(command: Sequence[str]) -> list[str]:
    """Return the command as an ordinary user's: PostgreSQL and PgBouncer refuse to run as root."""
    if os.getuid() != 0:
        return list(command)
    return ["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", "--", *command]


def own(*paths: Path) -> None:
    if os.getuid() == 0:
        for path in paths:
            shutil.chown(path, ACCOUNT, ACCOUNT)


@dataclass
class Outside:
    """A server on a port of this machine."""

    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def begin(command: Sequence[str], port: int, log: Path) -> Outside:
    with log.open("wb") as output:
        process = subprocess.Popen(with_parent("INT", command), stdout=output, stderr=output, cwd="/")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Outside(port, process)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def start_postgres(folder: Path, *, tls: bool) -> Outside:
    """Start a server whose data is in a new folder; with ``tls``, by the certificate of that folder."""
    data, port = folder / "data", free_port()
    data.mkdir()
    own(folder, data)
    done = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(
        unprivileged([str(PROGRAMS / "initdb"), "-D", str(data), *done]), check=True, capture_output=True, cwd="/"
    )
    options = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "fsync": "off"}
    if tls:
        for name in ("server.pem", "server.key"):
            shutil.copy(folder / name, data / name)
            (data / name).chmod(0o600)
            own(data / name)
        options |= {"ssl": "on", "ssl_cert_file": "server.pem", "ssl_key_file": "server.key"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    return begin(
        unprivileged([str(PROGRAMS / "postgres"), "-D", str(data), *words]), port, folder.parent / f"{folder.name}.log"
    )


def start_redis(folder: Path) -> Outside:
    """Start a server that speaks TLS alone, by the certificate of that folder."""
    port = free_port()
    command = [
        "redis-server",
        "--port",
        "0",
        "--tls-port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    command += ["--tls-cert-file", str(folder / "server.pem"), "--tls-key-file", str(folder / "server.key")]
    command += ["--tls-ca-cert-file", str(folder / "server.pem"), "--tls-auth-clients", "no"]
    return begin(command, port, folder / "redis.log")


def start_pgbouncer(folder: Path, *, server: int, mode: str, size: int = 5) -> Outside:
    port = free_port()
    settings = folder / f"{mode}.ini"
    settings.write_text(
        f"[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\n"
    )
    settings.write_text(settings.read_text().replace("* = host", "postgres = user=postgres host"))
    own(settings)
    assert PGBOUNCER is not None
    return begin(unprivileged([PGBOUNCER, str(settings)]), port, folder.parent / f"{mode}.log")
