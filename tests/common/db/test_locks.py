"""Advisory locks: each namespace by itself, each key by itself, until the transaction ends."""

from __future__ import annotations

import pytest
from django.db import transaction

from common.db.locks import Namespace, lock, number, try_lock
from tests.annotation.services.concurrency import InThread


def test_every_namespace_has_a_number_of_its_own_that_fits_a_lock():
    numbers = [namespace.value for namespace in Namespace.__members__.values()]

    assert len(set(numbers)) == len(numbers)
    assert all(0 < n < 2**31 for n in numbers)


def test_the_number_of_a_key_fits_a_lock_and_stays_the_same():
    assert number(5) == 5
    assert 0 <= number(2**62) < 2**31
    assert -(2**31) <= number("annotation.sweep") < 2**31
    assert number("annotation.sweep") == number("annotation.sweep") != number("annotation.sweeps")


@pytest.mark.django_db(transaction=True)
class TestALock:
    def try_beside(self, namespace: Namespace, key: int | str) -> bool:
        def attempt() -> bool:
            with transaction.atomic():
                return try_lock(namespace, key)

        return InThread(attempt).result()

    def test_is_held_by_one_transaction_at_a_time_until_it_ends(self):
        with transaction.atomic():
            lock(Namespace.PERIODIC, "sweep")
            assert not self.try_beside(Namespace.PERIODIC, "sweep")

        assert self.try_beside(Namespace.PERIODIC, "sweep")

    def test_stops_no_other_key_and_no_other_namespace(self):
        with transaction.atomic():
            lock(Namespace.PERIODIC, "sweep")
            assert self.try_beside(Namespace.PERIODIC, "expire")
            assert self.try_beside(Namespace.JOB, "sweep")

    def test_may_be_taken_again_by_its_holder(self):
        with transaction.atomic():
            assert try_lock(Namespace.JOB, 7)
            assert try_lock(Namespace.JOB, 7)
