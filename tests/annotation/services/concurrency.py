"""Run operations at the same time, each on its own connection. Such tests are `django_db(transaction=True)`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 30.0


class InThread:
    """An operation on its own connection."""

    def __init__(self, operation: Callable[[], Any]) -> None:
        self.outcome = None
        self.error = None
        self.pid = None
        started = threading.Event()

        def run():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self.pid = cursor.fetchone()[0]
                started.set()
                self.outcome = operation()
            except BaseException as error:
                self.error = error
            finally:
                started.set()
                connection.close()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        started.wait(PATIENCE)

    def wait_until_it_waits(self) -> None:
        """Return once it waits for a lock."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.thread.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [self.pid])
                row = cursor.fetchone()
            if row and row[0]:
                return
            time.sleep(0.01)
        raise AssertionError("it never had to wait")

    def result(self) -> Any:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error
        return self.outcome


def together(times: int, operation: Callable[[int], Any]) -> list[Any]:
    """Run the same operation several times at once; return what each returned."""
    gate = threading.Barrier(times)

    def run(i: int) -> Any:
        gate.wait(PATIENCE)
        return operation(i)

    return [thread.result() for thread in [InThread(lambda i=i: run(i)) for i in range(times)]]
