"""Database functions: the statements that lock rows of several tables, one function to a file, each written once.

``annotation.apps`` installs them after every migration; services call them by name. Why functions: a request takes one
round trip, plans stay with the connection, and each statement inside sees what was committed before it began, so the
one that follows a lock sees what the lock waited for. Sequential scans are forbidden to them, because a plan that was
made while a table was empty may live until the next ANALYZE.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
