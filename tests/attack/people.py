"""Annotators who judge over HTTP as the page does, and write down what was acknowledged."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
import urllib.parse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import uuid4

from tests.attack.site import Site

PAIR = re.compile(r'data-uuid=\\?"([0-9a-f-]{36})\\?"')  # in a piece of the page, or in JSON
TOKEN = "t" * 32


@dataclass
class Record:
    """What people saw: how long answers took (s, by kind), their statuses, and the keys of acknowledged judgements."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    longest_silence: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def p95(self, kind: str) -> float:
        """Return the 95th percentile in milliseconds."""
        ordered = sorted(self.seconds[kind])
        return 1000 * ordered[max(0, int(0.95 * len(ordered)) - 1)] if ordered else float("nan")

    def errors(self) -> int:
        """Return how many answers were server errors other than 503 with a time to come again."""
        return sum(n for status, n in self.statuses.items() if status.startswith("5"))


class Annotator(threading.Thread):
    """One person, until a time. A judgement that was not acknowledged is sent again with its key, as the page does."""

    def __init__(self, site: Site, cookie: str, record: Record, *, until: float, think: float) -> None:
        super().__init__(daemon=True)
        self.site, self.record, self.until, self.think = site, record, until, think
        self.headers = {
            "Cookie": f"sessionid={cookie}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Origin": f"http://localhost:{site.port}",
            "Host": f"localhost:{site.port}",
        }
        self.random = random.Random(cookie)
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        if not self._pause(self.think * self.random.random()):
            return
        pair = None
        while time.monotonic() < self.until:
            found = PAIR.search(pair or self._ask("next", "judge/next") or "")
            pair = None
            if found is None:
                self._pause(0.2)
                continue
            for _ in range(2 if self.think else 0):
                if not self._pause(self.think * self.random.uniform(0.3, 0.7) / 2):
                    return
                fields = {"reason": "clearer", "version": str(time.time_ns() // 1_000_000)}
                self._ask("draft", f"a/{found[1]}/draft", **fields)
            if not self._pause(self.think * self.random.uniform(0.3, 0.7)):
                return
            key = str(uuid4())
            began = time.monotonic()
            while pair is None and time.monotonic() < self.until + 30:
                pair = self._ask("submit", f"a/{found[1]}/submit", submit_key=key, verdict="a", seconds="5", next="1")
                if pair is None:
                    time.sleep(0.1)
            if pair is not None:
                with self.record.lock:
                    self.record.acknowledged.append(key)
                    self.record.longest_silence = max(self.record.longest_silence, time.monotonic() - began)

    def _pause(self, seconds: float) -> bool:
        """Wait, and return whether there is time left. Nobody sends after it: all would do so in the same moment."""
        time.sleep(max(0.0, min(seconds, self.until - time.monotonic())))
        return time.monotonic() < self.until

    def _ask(self, kind: str, path: str, **fields: str) -> str | None:
        """Post, and return the answer's text, or None where it is no success."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        began = time.perf_counter()
        try:
            self.connection.request("POST", f"/p/bench/{path}", urllib.parse.urlencode(fields), self.headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
            status = str(answer.status)
            if answer.status == 503 and answer.headers["Retry-After"]:
                status = "come again (503)"
            if answer.headers["Connection"] == "close":
                self.connection.close()
                self.connection = None
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.connection = None
            text, status = "", type(error).__name__
        with self.record.lock:
            self.record.seconds[kind].append(time.perf_counter() - began)
            self.record.statuses[status] += 1
        return text if status == "200" else None


def judging(site: Site, people: int, *, seconds: float, think: float = 0.0) -> tuple[Record, list[Annotator]]:
    """Begin to let so many people judge for so long."""
    record = Record()
    until = time.monotonic() + seconds
    annotators = [Annotator(site, cookie, record, until=until, think=think) for cookie in site.cookies[:people]]
    for one in annotators:
        one.start()
    return record, annotators


def finished(begun: tuple[Record, list[Annotator]]) -> Record:
    """Wait until all have ended."""
    record, annotators = begun
    for one in annotators:
        one.join()
    return record
