"""Which errors say that the database does not answer, rather than that a statement is wrong."""

from __future__ import annotations

from typing import Final

from django.db import InterfaceError, InternalError, OperationalError
from psycopg_pool import PoolTimeout

AWAY: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""It is away, restarting, out of connections, or gave up on a statement: asked again in a moment it may answer."""
RETRY_AFTER: Final = "3"
"""Seconds after which to ask again, as the header says it."""
