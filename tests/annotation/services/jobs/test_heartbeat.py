"""The heartbeat's thread."""

from __future__ import annotations

import threading

import pytest

from annotation.models import Job
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from tests.annotation.services.jobs.conftest import claimed, let_stall
from tests.programs import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def threads_of(job: Job) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"job-{job.pk}-heartbeat"]


class TestAlive:
    def test_keeps_a_job_whose_work_is_silent(self, job: Job) -> None:
        running = claimed(job)
        let_stall(job)
        assert jobs.waiting() == [job.pk]

        with heartbeat.alive(running, every=0.02):
            wait_until(lambda: jobs.waiting() == [], what="a heartbeat")

    def test_ends_with_the_work(self, job: Job) -> None:
        running = claimed(job)

        with heartbeat.alive(running, every=0.01):
            assert len(threads_of(running)) == 1

        assert threads_of(running) == []

    def test_stores_nothing_for_a_claim_that_was_lost(self, job: Job) -> None:
        running = claimed(job)
        Job.objects.filter(pk=job.pk).update(attempt=2)
        let_stall(job)

        with heartbeat.alive(running, every=0.01):
            wait_until(lambda: not threads_of(running), what="the thread ended")

        assert jobs.waiting() == [job.pk]
