"""The production image without a container engine: what ``docker/Dockerfile`` does, in a folder, and containers of it.

The instructions are read from the file. In place of ``FROM`` there are this machine's system files and Python, and in
place of the installed lock this environment's libraries. A container is a process in a mount namespace of its own, with
the image read-only but for the volume, ``/tmp`` and ``/dev/shm``, as ``docker/compose.yaml`` and Kubernetes give it.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded.servers import with_parent
from tests.config.processes import ROOT, copy_checkout
from tests.programs import Program

SYSTEM = ("bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # as container engines set it
WHY_NOT = "needs root and mount namespaces (unshare, setpriv, nsenter)"

ENTER = """
set -eu
umask 022
root=$1; volume=$2; secrets=$3; shift 3
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for one in {devices}; do : >"$root/dev/$one"; mount --bind "/dev/$one" "$root/dev/$one"; done
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev,noexec tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
for one in {system}; do
    if [ -d "/$one" ] && [ ! -L "/$one" ]; then mount --bind "/$one" "$root/$one"; fi
done
mount --bind {base} "$root{base}"
mount --bind {venv} "$root/venv"
mount -o remount,bind,ro "$root/usr"
mount -o remount,bind,ro "$root{base}"
mount -o remount,bind,ro "$root/venv"
if [ -n "$volume" ]; then
    mount --bind "$volume" "$root/app/var"
    mount --bind "$secrets" "$root/run/secrets"
    mount -o remount,bind,ro "$root/run/secrets"
    mount -o remount,bind,ro "$root"
fi
exec chroot "$root" "$@"
"""


@functools.cache
def available() -> bool:
    if os.getuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "nsenter", "chroot"))):
        return False
    tried = ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, each with its words, lines joined and comments left out."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [(name, words.strip()) for name, _, words in (line.partition(" ") for line in joined.splitlines() if line)]


@dataclass
class Image:
    """What was built: its files below ``root``, and what a container of it is started with."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.root / "app"

    def run(self, *words: str) -> None:
        """Run as root while the image is built, with its files writable."""
        done = subprocess.run(self.inside(words), env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)

    def volume(self, folder: Path) -> Path:
        """Make a folder for a container's volume, as an engine does: empty, with the owner and rights of the image's."""
        (place,) = self.volumes
        status = (self.root / place.lstrip("/")).stat()
        folder.mkdir()
        folder.chmod(status.st_mode & 0o7777)
        os.chown(folder, status.st_uid, status.st_gid)
        return folder

    def inside(self, words: Sequence[str], *, volume: Path | None = None, secrets: Path | None = None) -> list[str]:
        """Return the command that runs another one with this image as its root, in a namespace of its own.

        The image is read-only where there is a volume, and can be changed where there is none.
        """
        script = ENTER.format(
            devices=" ".join(DEVICES),
            system=" ".join(SYSTEM),
            base=shlex.quote(sys.base_prefix),
            venv=shlex.quote(str(Path(sys.prefix).resolve())),
        )
        namespace = ["unshare", "--mount", "--propagation", "private", "--"]
        return [*namespace, "sh", "-c", script, "enter", str(self.root), str(volume or ""), str(secrets or ""), *words]


def build(folder: Path, *, dockerfile: Path = ROOT / "docker" / "Dockerfile") -> Image:
    """Do what the file says, from a checkout that its owner alone may read (umask 077)."""
    image = Image(_skeleton(folder / "root"))
    wanted = {"PATH": PATH, "PYTHONDONTWRITEBYTECODE": ""}
    stage, workdir = -1, "/"
    for name, words in instructions(dockerfile.read_text()):
        match name, shlex.split(words) if name in ("ENV", "COPY") else []:
            case "FROM", _:
                stage += 1
                image.environment = dict(wanted)
            case "ENV", values:
                given = dict(value.split("=", 1) for value in values)
                image.environment |= {key: value.replace("$PATH", PATH) for key, value in given.items()}
            case "WORKDIR", _:
                workdir = words
                (image.root / workdir.lstrip("/")).mkdir(exist_ok=True)
            case "COPY", [".", "."]:
                _copy(image.root / workdir.lstrip("/"))
            case "COPY", ["requirements/base.txt", _]:
                pass  # for the installation
            case "COPY", ["--from=build", source, target]:
                assert source == target, "the stages share their folder here"
            case "RUN", _ if "pip install" in words or "-m venv" in words:
                pass  # this environment's
            case "RUN", _:
                image.run("sh", "-c", f"cd {workdir} && {words}")
            case "USER", _:
                image.user = words
            case "ENTRYPOINT", _:
                image.entrypoint = _listed(words)
            case "CMD", _:
                image.command = _listed(words)
            case "VOLUME", _:
                image.volumes.append(words)
            case "EXPOSE", _:
                pass
            case _:
                raise AssertionError(f"what does {name} {words} do?")
    assert stage == 1
    return image


def _listed(words: str) -> list[str]:
    return re.findall(r'"([^"]*)"', words)


def _skeleton(root: Path) -> Path:
    for place in ("proc", "dev", "tmp", "venv", "run/secrets", sys.base_prefix.lstrip("/")):
        (root / place).mkdir(parents=True)
    for name in SYSTEM:
        if (here := Path("/") / name).is_symlink():
            (root / name).symlink_to(here.readlink())
        elif here.is_dir():
            (root / name).mkdir(exist_ok=True)
    shutil.copytree("/etc", root / "etc", symlinks=True, ignore_dangling_symlinks=True)
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir() and "etc" not in path.parts)]:
        folder.chmod(0o755)
    return root


def _copy(to: Path) -> None:
    """Copy the checkout, without what ``.dockerignore`` names."""
    copy_checkout(to)
    (to / ".venv").unlink()
    for path in [to, *to.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
        os.chown(path, 0, 0)


@dataclass
class Container(Program):
    """A container of the image; ``pid`` is that of the program in it."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                with_parent("KILL", self.command),
                env=self.environment,  # none of this process's variables
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def file(self, path: str) -> Path:
        """Return where a file of the container is for the host."""
        return Path(f"/proc/{self.pid}/root{path}")

    def do(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as ``docker exec`` and a health check do."""
        entered = ["nsenter", "--target", str(self.pid), "--mount", "--root", "--wd", "--", *_as(user), *command]
        return subprocess.run(entered, env=self.environment, capture_output=True, text=True, timeout=60, check=False)


def container(
    image: Image, log: Path, *command: str, user: str, environment: dict[str, str], volume: Path, secrets: Path
) -> Container:
    """Return a container that was not started; ``user`` is ``UID:GID``, which has no other groups."""
    words = [*_as(user), *image.entrypoint, *(command or image.command)]
    return Container(image.inside(words, volume=volume, secrets=secrets), log, {**image.environment, **environment})


def _as(user: str) -> list[str]:
    uid, gid = user.split(":")
    rights = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--pdeathsig", "KILL"]
    return ["setpriv", "--reuid", uid, "--regid", gid, *rights, "--"]
