"""The manifest of a dataset file, ``FILE.manifest.json``: what the file is made of and its hash. A file of its own, never part of the dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from common.digests import repr_digest
from reward.datasets.policies import Tally

VERSION = 1
GENERATOR = "concord"


class Hashed:
    """Yields the same lines; has their SHA-256, number and size after the last one.

    Examples
    --------
    >>> passing = Hashed([b"one\\n", b"two\\n"])
    >>> b"".join(passing)
    b'one\\ntwo\\n'
    >>> passing.rows, passing.size, passing.sha256[:8]
    (2, 8, 'c3f9c8c2')

    A header comes first; it is hashed and measured, and is no row.

    >>> passing = Hashed([b"one\\n", b"two\\n"], header=b"number\\n")
    >>> b"".join(passing), passing.rows, passing.size
    (b'number\\none\\ntwo\\n', 2, 15)
    """

    def __init__(self, lines: Iterable[bytes], *, header: bytes = b"") -> None:
        self._lines = lines
        self._header = header
        self._digest = hashlib.sha256()
        self.rows = 0
        self.size = 0
        self.complete = False

    def __iter__(self) -> Iterator[bytes]:
        if self.size or self.complete:
            raise RuntimeError("the lines have passed already")
        if self._header:
            self._digest.update(self._header)
            self.size += len(self._header)
            yield self._header
        for line in self._lines:
            self._digest.update(line)
            self.rows += 1
            self.size += len(line)
            yield line
        self.complete = True

    @property
    def sha256(self) -> str:
        """Hex digest of all bytes. Raises ``RuntimeError`` before the last line: half a file has no manifest."""
        if not self.complete:
            raise RuntimeError("the lines have not all passed yet")
        return self._digest.hexdigest()


def manifest(
    passed: Hashed,
    *,
    format: str,
    project: str,
    tally: Tally,
    as_of: datetime,
    code_version: str,
    tie_policy: str = "drop",
    both_bad_policy: str = "drop",
    adjudication_policy: str = "ignore",
    filters: Mapping[str, Any] | None = None,
    agreement: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe a file whose lines have all passed.

    Parameters
    ----------
    passed : Hashed
        The lines, all of which have passed.
    format : str
        The name of the export's format.
    project : str
        The project's slug.
    tally : Tally
        Of all pairs that were read.
    as_of : datetime
        When the data was read, with its offset.
    code_version : str
    tie_policy, both_bad_policy : str
        What became of pairs settled as a tie or as both bad: ``drop``, or ``keep`` where every pair is a row.
    adjudication_policy : str
        Whether an adjudicator's verdict settles its pair: ``ignore`` or ``prefer``.
    filters : mapping, optional
        What the rows were chosen by; empty for everything.
    agreement : mapping, optional
        Agreement figures of the data as they were stored, each with its n and method. None is written as null: not computed.
    options : mapping, optional
        How rows were written, for example ``{"conversational": false, "separator": ""}``.

    Returns
    -------
    dict
        Plain JSON values.

    Raises
    ------
    RuntimeError
        Lines are still to come.
    ValueError
        ``as_of`` has no offset, or there are more rows than pairs.
    """
    sha256 = passed.sha256
    if as_of.tzinfo is None:
        raise ValueError(f"as_of {as_of} has no offset")
    counts = tally.as_dict()
    if passed.rows > counts["pairs"]:
        raise ValueError(f"{passed.rows} rows passed, of {counts['pairs']} pairs")
    return {
        "manifest_version": VERSION,
        "generator": GENERATOR,
        "code_version": code_version,
        "format": format,
        "options": dict(options or {}),
        "project": project,
        "as_of": as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "filters": dict(filters or {}),
        "tie_policy": tie_policy,
        "both_bad_policy": both_bad_policy,
        "adjudication_policy": adjudication_policy,
        "counts": {**counts, "rows": passed.rows},
        "agreement": None if agreement is None else dict(agreement),
        "rows": passed.rows,
        "bytes": passed.size,
        "sha256": sha256,
        "repr_digest": repr_digest(bytes.fromhex(sha256)),
    }
