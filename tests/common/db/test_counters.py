"""Counters that limits are made of: exact, shared, and never gone before they end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from common.db import counters


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM concord_counter WHERE key ~ '^(old|new)-'")
        return int(cursor.fetchone()[0])


def end(pattern: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE concord_counter SET ends = now() - interval '1 day' WHERE key LIKE %s", [pattern])


@pytest.mark.django_db
class TestACounter:
    def test_counts_up_to_its_end_which_does_not_move(self) -> None:
        found = [counters.count("a", seconds=50 * n) for n in range(1, 5)]

        assert [each.used for each in found] == [1, 2, 3, 4]
        assert {each.seconds_left for each in found} == {50}

    def test_starts_again_when_it_has_ended(self) -> None:
        counters.count("a", seconds=50)
        end("a")

        assert counters.count("a", seconds=70) == counters.Counted(1, 70)

    def test_counts_less_what_is_taken_back_and_never_below_none(self) -> None:
        counters.count("a", seconds=50)
        counters.count("a", seconds=50)
        for _ in range(3):
            counters.take_back("a")

        assert counters.count("a", seconds=50).used == 1

    def test_is_kept_however_many_others_there_are(self) -> None:
        counters.count("a", seconds=50)
        for n in range(700):  # Django's cache keeps 300 entries
            counters.count(f"other-{n}", seconds=50)

        assert counters.count("a", seconds=50).used == 2

    def test_goes_when_it_has_ended(self) -> None:
        for n in range(60):
            counters.count(f"old-{n}", seconds=50)
        end("old-%")
        for n in range(4):
            counters.count(f"new-{n}", seconds=50)

        assert rows() == 4


@pytest.mark.django_db(transaction=True)
def test_all_of_many_at_once_are_counted() -> None:
    def count(_: int) -> int:
        try:
            return counters.count("at-once", seconds=50).used
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(count, range(40))) == list(range(1, 41))
    finally:
        counters.forget("at-once")  # no model's table: it is not emptied after the test
