"""Many rows out of PostgreSQL and into arrays, or from arrays into a table, by one binary COPY and without an object a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from django.db import connection
from numpy.typing import NDArray

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
"""How a binary COPY begins: a signature, no flags, no extension."""
TRAILER: Final = b"\xff\xff"

ROWS_AT_ONCE: Final = 1 << 14


def layout(columns: Mapping[str, str]) -> np.dtype[Any]:
    """One row of a binary COPY whose columns are of fixed size and never null: a field count, then each field behind its length.

    ``columns`` maps names to NumPy's types: ``i2``, ``i4``, ``i8``, ``f8`` or ``b1`` for PostgreSQL's int2, int4, int8,
    float8 and boolean, and ``V27`` for a bytea of 27 bytes.
    """
    fields = [part for name, kind in columns.items() for part in ((f"{name}_size", ">i4"), (name, f">{kind}"))]
    return np.dtype([("fields", ">i2"), *fields])


def read(query: str, parameters: Mapping[str, Any], columns: Mapping[str, str]) -> NDArray[Any]:
    """The rows of a query as a structured array with the fields ``columns`` (and others that COPY needs).

    Parameters
    ----------
    query
        Selects exactly these columns, each of exactly this type and never null: cast and coalesce in the query.
    columns
        As in :func:`layout`.
    """
    row = layout(columns)
    # Psycopg's cursor: copy() of Django's takes no parameters.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        statement = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
        with cast(Any, cursor).cursor.copy(statement, dict(parameters)) as copy:
            sent = b"".join(bytes(chunk) for chunk in copy)
    count, rest = divmod(len(sent) - len(HEADER) - len(TRAILER), row.itemsize)
    if rest:
        raise ValueError("a column is null or not of the type that was named")
    return np.frombuffer(sent, dtype=row, offset=len(HEADER), count=count)


def write(table: str, columns: Mapping[str, str], values: Mapping[str, NDArray[Any]]) -> None:
    """Send arrays of one length into a table, a bounded number of rows at a time.

    Parameters
    ----------
    table, columns
        Names that are written in the program, never a user's; types as in :func:`layout`.
    values
        An array for each of ``columns``.
    """
    row = layout(columns)
    count = len(values[next(iter(columns))])
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        for start in range(0, count, ROWS_AT_ONCE):
            rows = np.zeros(min(ROWS_AT_ONCE, count - start), dtype=row)
            rows["fields"] = len(columns)
            for name in columns:
                rows[f"{name}_size"] = row[name].itemsize
                rows[name] = values[name][start : start + len(rows)]
            copy.write(rows.tobytes())
        copy.write(TRAILER)
