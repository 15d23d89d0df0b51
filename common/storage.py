"""The working folder of uploads and downloads, and what a full disk looks like."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import IO, Final

from django.conf import settings

FOLDER: Final = "temporary"
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, the quota, or the limit of this process."""


def temporary_file() -> IO[bytes]:
    """Return a file without a name, in the uploads folder: it is gone once it is closed, or its process is killed.

    Not in ``/tmp``, which in production is small and may be read-only; an export or an upload may have gigabytes.
    """
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile("w+b", dir=folder)


def unwritable() -> str:
    """Return why files cannot be kept, naming the variable to change; empty where one could be written."""
    try:
        with temporary_file() as file:
            file.write(b"\0")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return f"UPLOADS_DIR (by default var/uploads) must name a folder that this user can write to: {reason}."
    return ""


def is_full(error: BaseException | None) -> bool:
    """Return whether something could not be written for lack of room."""
    return isinstance(error, OSError) and error.errno in FULL
