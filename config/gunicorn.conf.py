"""How gunicorn runs the web processes: by default two with eight threads each, in `make run` and in production.

Two further threads of each work on uploaded files (``config.server``).
"""

from __future__ import annotations

from pathlib import Path

from config.env import env
from config.server.worker import BULK_THREADS

wsgi_app = "config.wsgi:application"
bind = env.str("WEB_BIND", default="127.0.0.1:8000")
worker_class = "config.server.worker.BufferingWorker"
workers = env.int("WEB_WORKERS", default=2)
threads = env.int("WEB_THREADS", default=8)
timeout = 60
graceful_timeout = 10
keepalive = 65  # longer than the usual proxy keeps a connection to us, so that it is not closed under a request
max_requests = env.int(
    "WEB_MAX_REQUESTS", default=50_000
)  # then a process ends and another begins: memory is given back
max_requests_jitter = max_requests // 5  # not all at once
preload_app = True  # imported once, then forked: importing opens no connection, because a pool must not be forked
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (heartbeat files need a fast disk)
accesslog = None
errorlog = "-"
loglevel = "warning"

# Only web processes have a database pool, because Celery's parent process forks. A stuck statement must not keep a thread.
raw_env = [
    f"DATABASE_POOL={env.str('DATABASE_POOL', default='true')}",
    f"DATABASE_POOL_SIZE={env.int('DATABASE_POOL_SIZE', default=threads + BULK_THREADS)}",
    f"DATABASE_STATEMENT_TIMEOUT_MS={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=5000)}",
]
