"""Create ./.venv from a hashed lock: `python3 requirements/install.py run|dev`. Needs only Python's standard library (3.7+).

`datasets`, `peers` and `irrcac` create separate environments under ./var: for the test that reads an export with the library of that
name, and for the libraries that benchmarks compare with and nothing else uses.

An environment that already matches the lock is left alone; one whose installation was interrupted is created again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
KIND = sys.argv[1] if len(sys.argv) == 2 else ""
APART = ("datasets", "peers", "irrcac")
VENV = HERE.parent / (f"var/tools/{KIND}" if KIND in APART else ".venv")
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
OLDEST = (3, 11)
# The lock is complete, so pip has nothing to resolve. If it resolved, pip before 23.3 would take the newest release for a
# requirement with an extra (`coverage[toml]`), whatever the lock says, and then not find its hash.
PIP_OPTIONS = ["--require-hashes", "--no-deps", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def stop(message: str) -> None:
    say(message)
    sys.exit(1)


def lock_text(kind: str) -> str:
    return (HERE / f"{kind}.txt").read_text(encoding="utf-8")


def stamp(kind: str) -> Path:
    return VENV / f".installed-{kind}"


def digest(kind: str) -> str:
    return hashlib.sha256(lock_text(kind).encode()).hexdigest()


def is_done(kind: str) -> bool:
    found = stamp(kind)
    return found.is_file() and found.read_text() == digest(kind) and PYTHON.exists() and not UNFINISHED.exists()


def pins(kind: str) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9._-]+==\S+", lock_text(kind), re.MULTILINE))


def works(*command: str | Path) -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment() -> list[str]:
    """Create an empty environment if there is none; return the pip command that installs into it."""
    if UNFINISHED.exists() or (VENV.is_dir() and not works(PYTHON, "-c", "")):
        shutil.rmtree(VENV)
    if works(sys.executable, "-m", "pip", "--version"):
        if not VENV.is_dir():
            subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if not works(PYTHON, "-m", "pip", "--version"):
        shutil.rmtree(VENV, ignore_errors=True)
        if not works(sys.executable, "-m", "venv", VENV):
            shutil.rmtree(VENV, ignore_errors=True)
            stop("Install python3-pip (or python3-venv) with your system's package manager, then run this again.")
    return [str(PYTHON), "-m", "pip"]


def install(pip: list[str], kind: str, began: float) -> None:
    """Run pip and report its progress; show the end of its output only if it fails."""
    total = len(pins(kind))
    command = [*pip, "install", *PIP_OPTIONS, "-r", str(HERE / f"{kind}.txt")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert child.stdout is not None
    tail: list[str] = []
    seen = reported = 0
    for raw in child.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        tail = [*tail, line][-15:]
        seen += line.startswith(("Collecting ", "Requirement already satisfied: "))
        step = ""
        if seen >= reported + 15:
            reported = seen
            step = f"{seen} of about {total} packages"
        elif line.startswith("Installing collected packages"):
            step = "unpacking them"
        if step:
            say(f"{time.monotonic() - began:6.1f} s  {step}")
    if child.wait() != 0:
        say("\n".join(tail))
        stop(f"pip could not install requirements/{kind}.txt; the end of its output is above.")
    checked = subprocess.run([*pip, "check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if checked.returncode != 0:
        say(checked.stdout)
        stop(f"requirements/{kind}.txt is not complete; `make lock` writes it again.")


def main() -> None:
    kind = KIND
    if kind not in ("run", "dev", *APART):
        stop("usage: python3 requirements/install.py run|dev|datasets|peers|irrcac")
    if is_done(kind):
        return
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        stop(
            f"Concord needs Python 3.11 or newer; {sys.executable} is {version}. Name another: make PYTHON=python3.12 …"
        )
    here = os.open(HERE, os.O_RDONLY)
    fcntl.flock(here, fcntl.LOCK_EX)  # of two `make` in one checkout, the second finds it done
    if is_done(kind):
        return
    began = time.monotonic()
    say(f"Making {VENV.relative_to(HERE.parent)} from requirements/{kind}.txt (only when that file has changed)")
    pip = make_environment()
    UNFINISHED.touch()
    install(pip, kind, began)
    stamp(kind).write_text(digest(kind))
    if kind == "dev" and pins("run") <= pins("dev"):
        stamp("run").write_text(digest("run"))
    UNFINISHED.unlink()
    say(f"{time.monotonic() - began:6.1f} s  {VENV.relative_to(HERE.parent)} is ready")


if __name__ == "__main__":
    main()
