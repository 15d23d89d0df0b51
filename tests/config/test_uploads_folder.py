"""A process that needs the uploads folder tries it at its start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.supervisor import Supervisor
from tests.config.processes import ROOT, clean_environment

WEB = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py", "--bind", "127.0.0.1:0"]
IMPORT = [sys.executable, "manage.py", "import_prompts", "--project", "sky", "nothing.jsonl"]


@pytest.mark.parametrize("command", [WEB, Supervisor().worker().command, IMPORT], ids=["web", "worker", "import"])
def test_that_cannot_be_written_is_named_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    environment = clean_environment(
        DATABASE_URL=os.environ["DATABASE_URL"],
        REDIS_URL=os.environ["REDIS_URL"],
        UPLOADS_DIR=str(tmp_path / "file" / "uploads"),
        DJANGO_SETTINGS_MODULE="config.settings.test",
    )

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)

    assert done.returncode not in (0, None)
    assert done.stderr.count("UPLOADS_DIR (by default var/uploads) must name a folder that this user can write to") == 1
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
    assert str(tmp_path) not in done.stderr, "no value is printed"
