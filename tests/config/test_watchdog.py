"""When a worker is left alone, sends itself a message, and ends. With real workers and a real queue: tests/faults."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import redis
from celery import Celery
from django.conf import settings

from config.addresses import redis as address
from config.celery import app
from config.watchdog import BEAT_LIMIT, ECHO, BeatWatchdog, Watchdog

LIMIT = 90.0


class Watched(Watchdog):
    """A worker whose messages and whose time a test gives."""

    def __init__(self, alive_file: str = "") -> None:
        super().__init__(app, limit=LIMIT, alive_file=alive_file)
        self.now = self.received_at = self.looked_at = self.sent_at = 1_000.0
        self.echoes: list[float] = []
        self.ended: list[float] = []
        self.room = True
        self.reachable = True
        qos = SimpleNamespace(can_consume=lambda: self.room)
        self.consumer = SimpleNamespace(task_consumer=SimpleNamespace(channel=SimpleNamespace(qos=qos)))

    def send_echo(self) -> bool:
        self.echoes.append(self.now)
        return self.reachable

    def end(self, silent: float) -> None:
        self.ended.append(self.now)

    def pass_time(self, seconds: float, *, echo_received: bool = False) -> None:
        until = self.now + seconds
        while self.now < until and not self.ended:
            self.now += self.interval
            count = len(self.echoes)
            self.look(self.now)
            self.looked_at = self.now
            if echo_received and len(self.echoes) > count:
                self.received_at = self.now


@pytest.fixture
def watched() -> Watched:
    return Watched()


class TestAWorker:
    def test_that_receives_beats_messages_sends_itself_none(self, watched):
        for _ in range(20):
            watched.pass_time(20)
            watched.received_at = watched.now
        assert watched.echoes == []
        assert watched.ended == []

    def test_that_receives_its_echo_goes_on(self, watched):
        watched.pass_time(3_600, echo_received=True)
        assert len(watched.echoes) > 60
        assert watched.ended == []

    def test_that_receives_nothing_ends_soon_after_the_limit(self, watched):
        watched.pass_time(3_600)
        assert watched.echoes
        (at,) = watched.ended
        assert LIMIT < at - 1_000 <= LIMIT + 2 * watched.interval

    def test_that_has_no_room_for_a_message_goes_on(self, watched):
        watched.room = False
        watched.pass_time(3_600)
        assert watched.ended == []
        watched.room = True
        watched.pass_time(3_600)
        (at,) = watched.ended
        assert at - 4_600 > LIMIT, "counted from when it had room"

    def test_that_redis_is_away_from_goes_on(self, watched):
        watched.reachable = False
        watched.pass_time(3_600)
        assert watched.ended == []

    def test_that_was_stopped_itself_for_a_while_goes_on(self, watched):
        watched.now += 3_600
        watched.look(watched.now)
        assert watched.ended == []

    def test_between_two_connections_is_watched_too(self, watched):
        watched.consumer.task_consumer = None
        watched.pass_time(3_600)
        assert watched.ended


class TestAnEcho:
    def test_waits_in_a_queue_of_the_worker_alone(self):
        watchdog = Watchdog(app, limit=LIMIT)
        assert watchdog.queue.name != Watchdog(app, limit=LIMIT).queue.name
        client = redis.Redis.from_url(settings.REDIS_URL)
        assert watchdog.send_echo() is True
        (message,) = client.lrange(watchdog.queue.name, 0, -1)
        assert json.loads(message)["headers"]["task"] == ECHO
        assert 0 < client.ttl(watchdog.queue.name) <= 2 * LIMIT
        client.delete(watchdog.queue.name)

    def test_that_redis_does_not_take_is_not_counted(self, tmp_path):
        nowhere = Celery(broker=address(f"unix://{tmp_path}/nothing.sock?db=0").broker_url)
        assert Watchdog(nowhere, limit=LIMIT).send_echo() is False


class WatchedBeat(Watched, BeatWatchdog):
    """Beat whose messages and whose time a test gives; its echo is an answer of Redis."""


class TestBeat:
    def test_is_due_to_send_several_messages_within_its_limit(self):
        assert min(entry["schedule"] for entry in app.conf.beat_schedule.values()) * 4 < BEAT_LIMIT

    def test_that_sends_nothing_though_redis_answers_ends(self, tmp_path):
        file = tmp_path / "alive"
        beat = WatchedBeat(str(file))
        beat.pass_time(50)
        assert file.exists()
        beat.pass_time(15)
        file.unlink()
        beat.pass_time(3_600)
        (at,) = beat.ended
        assert LIMIT < at - 1_000 <= LIMIT + 2 * beat.interval
        assert not file.exists()

    def test_that_redis_is_away_from_goes_on(self, tmp_path):
        file = tmp_path / "alive"
        beat = WatchedBeat(str(file))
        beat.reachable = False
        for _ in range(10):
            beat.pass_time(60)
            assert file.exists()
            file.unlink()
        assert beat.ended == []

    def test_asks_redis_itself(self, settings, tmp_path):
        assert BeatWatchdog(app, limit=LIMIT).send_echo() is True
        settings.REDIS_URL = f"unix://{tmp_path}/nothing.sock?db=0"
        assert BeatWatchdog(app, limit=LIMIT).send_echo() is False


class TestTheFileOfTheHealthCheck:
    def test_is_written_while_messages_come(self, tmp_path):
        file = tmp_path / "alive"
        watched = Watched(str(file))
        for _ in range(3):
            watched.pass_time(60, echo_received=True)
            assert file.exists()
            file.unlink()
        watched.pass_time(60)
        file.unlink()
        watched.pass_time(LIMIT)
        assert watched.ended
        assert not file.exists(), "not in the last third of the limit"

    def test_that_cannot_be_written_ends_nothing(self, tmp_path):
        watched = Watched(str(tmp_path / "none" / "alive"))
        watched.pass_time(3_600, echo_received=True)
        assert watched.ended == []
