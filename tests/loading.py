"""An exported file as the people who train see it: read by the real `datasets` library, in an environment of its own.

The library is no part of Concord and weighs more than all of it, so it is locked apart (``requirements/datasets.txt``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / "var" / "tools" / "datasets" / "bin" / "python"
LOAD = """
import json, sys
from datasets import load_dataset
rows = load_dataset("json", data_files=sys.argv[1], split="train", cache_dir=sys.argv[2])
with open(sys.argv[2] + "/read.json", "w") as out:
    json.dump({"columns": rows.column_names, "rows": rows.to_list()}, out)
"""


@dataclass(frozen=True)
class Loaded:
    """What ``load_dataset("json", …)`` made of a file."""

    columns: list[str]
    rows: list[dict[str, Any]]


def load(file: Path) -> Loaded:
    """Read a JSONL file with ``datasets``, without a network."""
    python = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([python, "requirements/install.py", "datasets"], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "HF_HOME": cache, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        command = [str(PYTHON), "-c", LOAD, str(file), cache]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr[-3000:]
        return Loaded(**json.loads((Path(cache) / "read.json").read_text()))
