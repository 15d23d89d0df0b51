from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from common.prefetch import ahead


class TestAhead:
    def test_gives_the_same_items_in_the_same_order(self) -> None:
        assert list(ahead(range(100))) == list(range(100))
        assert list(ahead([])) == []
        assert list(ahead([None, [], 0])) == [None, [], 0]

    def test_makes_them_in_a_thread_of_their_own(self) -> None:
        (made_in,) = ahead(threading.get_ident() for _ in range(1))

        assert made_in != threading.get_ident()

    def test_is_ahead_by_two(self) -> None:
        made: list[int] = []
        third = threading.Event()

        def things() -> Iterator[int]:
            for n in range(10):
                made.append(n)
                if n == 2:
                    third.set()
                yield n

        prepared = ahead(things())
        assert next(prepared) == 0
        assert third.wait(10)
        prepared.close()
        assert made == [0, 1, 2]  # and no more until somebody asks

    def test_raises_what_making_raised_in_its_place(self) -> None:
        def things() -> Iterator[int]:
            yield 1
            raise LookupError("no more")

        prepared = ahead(things())
        assert next(prepared) == 1
        with pytest.raises(LookupError, match="no more"):
            next(prepared)

    def test_ends_its_thread_when_it_is_closed(self) -> None:
        before = threading.active_count()
        prepared = ahead(range(1_000_000))
        next(prepared)
        assert threading.active_count() == before + 1

        prepared.close()

        assert threading.active_count() == before
