"""Run the attacks and print a table: promise, measured, ok. Exit code 1 where a promise did not hold. ONLY=name runs one."""

from __future__ import annotations

import os
import sys
import time

from tests.attack import attacks
from tests.attack.site import running

PEOPLE = 200


def main() -> int:
    full = bool(os.environ.get("FULL"))
    only = os.environ.get("ONLY", "")
    steps = [
        (attacks.real_time, 600.0 if full else 60.0),
        (attacks.slow_clients, 15.0 if full else 8.0),
        (attacks.silent_connections, 0.0),
        (attacks.deaf_worker, 0.0),
        (attacks.worker_killed, 0.0),
        (attacks.database_away, 0.0),
        (attacks.connections_exhausted, 0.0),
        (attacks.kills, 60.0 if full else 20.0),
        (attacks.integrity, 0.0),
    ]
    if only and only not in {attack.__name__ for attack, _ in steps}:
        print(f"ONLY={only} is none of {', '.join(attack.__name__ for attack, _ in steps)}.", file=sys.stderr)  # noqa: T201
        return 2
    broken, began = 0, time.monotonic()
    with running(PEOPLE) as site:
        for attack, seconds in steps:
            if only and attack.__name__ not in (only, "integrity"):
                continue
            for result in attack(site, seconds):
                broken += not result.ok
                print(f"{'ok   ' if result.ok else 'BROKEN'} {result.promise:<78} {result.measured}", flush=True)  # noqa: T201
    print(
        f"{broken} promises broken; {time.monotonic() - began:.0f} s."
        if broken
        else f"Every promise held; {time.monotonic() - began:.0f} s."
    )  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
