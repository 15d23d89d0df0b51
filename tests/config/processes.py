"""Copy the checkout to run commands in it, and list the processes that belong to a copy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Variables that would point a command to other servers than its checkout's, or that belong to this test run.
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
    "CELERY_QUEUE",
    "LOG_LEVEL",
    "PYTEST_CURRENT_TEST",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
)


def clean_environment(**more: str) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if key not in OURS}, **more}


def copy_checkout(to: Path) -> Path:
    """Copy the working tree without ignored files, with a link to our .venv so that command lines name the copy."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode & 0o777)
    (to / ".venv").symlink_to(sys.prefix)
    return to


def python_of(checkout: Path) -> str:
    return str(checkout / ".venv" / "bin" / "python")


def processes_of(place: Path) -> dict[int, str]:
    """Return every running process whose command line names that folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
            if str(place) in line:
                found[int(entry.name)] = line
    return found


def manage(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python_of(checkout), "manage.py", *arguments],
        cwd=checkout,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=240,
    )
