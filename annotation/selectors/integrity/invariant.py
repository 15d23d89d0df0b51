"""What an invariant is, and how one is looked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

OF_THE_PROJECT = r"(%(project)s::bigint IS NULL OR \1.project_id = %(project)s)"


@dataclass(frozen=True, slots=True)
class Invariant:
    """``sql`` yields one row per violation, a short text that identifies it; ``[t]`` is short for "t is of the project asked for"."""

    name: str
    sentence: str
    sql: str

    @property
    def breaches(self) -> str:
        """The query with its conditions written out; its parameter ``project`` is null for all projects."""
        return re.sub(r"\[([a-z]+)\]", OF_THE_PROJECT, self.sql)


@dataclass(frozen=True, slots=True)
class Finding:
    """How often an invariant is broken, and the first few places."""

    invariant: Invariant
    breaches: int
    examples: tuple[str, ...]
