"""The id of a request, by which its answer and the lines of the log about it are found."""

from __future__ import annotations

import re
import uuid
from typing import Final

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def named(given: str) -> str:
    """Return the id that a request came with, if that is a short plain word, else a new one."""
    return given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
