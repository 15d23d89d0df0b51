"""Libraries to compare with that need an environment of their own: they run there, as programs that time themselves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / "var" / "tools" / "peers" / "bin" / "python"


def run(program: str, *arguments: str, **arrays: np.ndarray) -> dict[str, Any]:
    """Return what a program beside this module makes of arrays: arrays by name, its ``seconds`` among them.

    The environment is made from ``requirements/peers.txt`` the first time.
    """
    subprocess.run([sys.executable, "requirements/install.py", "peers"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        given, found = (str(Path(folder) / f"{name}.npz") for name in ("given", "found"))
        np.savez(given, **arrays)
        subprocess.run([PYTHON, Path(__file__).with_name(program), *arguments, given, found], cwd=folder, check=True)
        return dict(np.load(found))
