"""Downloads: written to a temporary file first, so that what is sent is whole, or an error with its own status."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator
from contextlib import closing
from typing import IO, Final

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse

from common.db.snapshots import large_read
from common.digests import repr_digest
from common.storage import temporary_file

BUFFER: Final = 1 << 18  # bytes


def download(
    request: HttpRequest, content: Generator[bytes, None, None], *, file_name: str, content_type: str
) -> HttpResponseBase:
    """Send what ``content`` yields as a file, with its length and its digest (RFC 9530).

    It is read within one snapshot, which has ended before the first byte is sent: a slow reader holds no connection of
    the database, and one who leaves leaves nothing behind. ``HEAD`` gives those headers that need no reading.

    Parameters
    ----------
    content : generator of bytes
        Read to its end, and closed in any case.
    file_name : str
        One of ours, never a user's: it is not escaped.

    Raises
    ------
    Busy
        As many downloads are being written as may at once.
    OSError
        The disk is full: ``common.storage.is_full``.
    """
    with closing(content):
        if request.method == "HEAD":
            response: HttpResponseBase = StreamingHttpResponse((), content_type=content_type)
            response["Content-Disposition"] = f'attachment; filename="{file_name}"'
            return response
        file, digest = _written(content)
    # The policy that such a response carries is added by ``config.security``, which knows it by its disposition.
    response = FileResponse(file, as_attachment=True, filename=file_name, content_type=content_type)
    response["Repr-Digest"] = repr_digest(digest)
    response["ETag"] = f'"{digest.hex()}"'
    return response


def _written(content: Generator[bytes, None, None]) -> tuple[IO[bytes], bytes]:
    """Return the content as a file without a name, at its beginning, and its SHA-256."""
    digest = hashlib.sha256()
    held = bytearray()
    file = temporary_file()
    try:
        with large_read():
            for piece in content:
                held += piece
                if len(held) >= BUFFER:
                    digest.update(held)
                    file.write(held)
                    held.clear()
        digest.update(held)
        file.write(held)
        file.seek(0)  # which writes what is buffered
    except BaseException:
        with contextlib.suppress(OSError):  # closing writes what is buffered, and the disk may be full
            file.close()
        raise
    return file, digest.digest()
