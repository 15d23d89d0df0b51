"""Agreement by other libraries: `python agreement_peer.py duckdb|krippendorff|irrcac JUDGEMENTS.npz FOUND.npz`.

It runs in the environment of ``requirements/peers.txt`` or ``irrcac.txt``, which has nothing of Concord, and times its own
work: what comes before and after is reading and writing files.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

TIMES = 5

TABLES = """
SELECT l.annotator AS a, r.annotator AS b, l.verdict AS x, r.verdict AS y, count(*) AS n
FROM given l JOIN given r ON l.item = r.item AND l.annotator < r.annotator GROUP BY ALL
"""


def timed(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the median seconds, and what the last call returned. A first call warms up where there are several."""
    if times > 1:
        call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), found


def matrix(read: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return verdicts with annotators in rows and items in columns, NaN where there is none: what these libraries document."""
    ratings = np.full((int(read["annotator"].max()) + 1, int(read["item"].max()) + 1), np.nan)
    ratings[read["annotator"], read["item"]] = read["verdict"]
    return ratings


def duckdb(read: Mapping[str, np.ndarray]) -> dict[str, Any]:
    import duckdb as library

    given = {name: read[name] for name in ("item", "annotator", "verdict")}
    connection = library.connect(config={"threads": 1})
    connection.execute("CREATE TABLE given AS SELECT * FROM given")
    assert given
    seconds, found = timed(lambda: connection.execute(TABLES).fetchnumpy(), TIMES)
    return {"seconds": seconds, "judgements": int(found["n"].sum())}


def krippendorff(read: Mapping[str, np.ndarray]) -> dict[str, Any]:
    import krippendorff as library

    ratings = matrix(read)
    seconds, found = timed(lambda: library.alpha(ratings, level_of_measurement="nominal"), 1)
    return {"seconds": seconds, "value": found}


def irrcac(read: Mapping[str, np.ndarray]) -> dict[str, Any]:
    import pandas as pd
    from irrCAC.raw import CAC

    ratings = pd.DataFrame(matrix(read).T)
    seconds, found = timed(lambda: CAC(ratings).fleiss()["est"], 1)
    return {"seconds": seconds, "value": found["coefficient_value"]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    library, judgements, found = sys.argv[1:]
    np.savez(found, **{"duckdb": duckdb, "krippendorff": krippendorff, "irrcac": irrcac}[library](np.load(judgements)))
