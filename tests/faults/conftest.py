from tests.faults.queues import beat, queue, start_worker

# Programs of the tests that change Celery's app where they are imported: not to be searched for doctests.
collect_ignore = ["quick.py", "silent.py"]

__all__ = ["beat", "queue", "start_worker"]
