"""Which surface of the product an address is on: pages for people, or the API for programs."""

from __future__ import annotations


def below_api(path: str) -> bool:
    """Return whether a path is one of the API, whose errors have one shape whoever answers them.

    Examples
    --------
    >>> below_api("/api/v1/projects"), below_api("/apiary"), below_api("")
    (True, False, False)
    """
    return path.startswith("/api/")
