"""Libraries to compare with that need an environment of their own: they run there, as programs that time themselves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "var" / "tools"


def run(program: str, *arguments: str, environment: str = "peers", **arrays: np.ndarray) -> dict[str, Any]:
    """Return what a program beside this module makes of arrays: arrays by name, its ``seconds`` among them.

    The environment is made from its lock, such as ``requirements/peers.txt``, the first time.
    """
    subprocess.run([sys.executable, "requirements/install.py", environment], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        given, found = (str(Path(folder) / f"{name}.npz") for name in ("given", "found"))
        np.savez(given, **arrays)
        python = TOOLS / environment / "bin" / "python"
        subprocess.run([python, Path(__file__).with_name(program), *arguments, given, found], cwd=folder, check=True)
        return dict(np.load(found))
