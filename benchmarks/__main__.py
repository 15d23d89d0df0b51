"""`python -m benchmarks [--only PART] [--full]`: a line per figure, `name  ours  peer  ratio  target  ok|short`."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.registry import HEAD, parts, run


def main() -> int:
    known = parts()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=known, default=os.environ.get("ONLY") or None)
    parser.add_argument("--full", action="store_true", default=bool(os.environ.get("FULL")))
    given = parser.parse_args()
    if given.only is not None and given.only not in known:
        parser.error(f"ONLY is one of {', '.join(known)}")
    print(HEAD, flush=True)
    short = 0
    for part in [given.only] if given.only else known:
        for figure in run(part, full=given.full):
            print(figure.line(), flush=True)
            short += not figure.ok
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
