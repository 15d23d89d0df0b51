from tests.faults.queues import beat, queue, start_worker

__all__ = ["beat", "queue", "start_worker"]
