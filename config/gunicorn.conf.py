"""How gunicorn runs the web processes: by default two with eight threads each, in `make run` and in production.

Two further threads of each work on uploaded files (``config.server``).
"""

from __future__ import annotations

from pathlib import Path

from config.env import start

configuration = start(web=True)  # a pool, and limits of time: a stuck statement must not keep a thread

wsgi_app = "config.wsgi:application"
bind = configuration.web_bind
worker_class = "config.server.worker.BufferingWorker"
workers = configuration.web_workers
threads = configuration.web_threads
timeout = 60
graceful_timeout = 10
keepalive = 65  # longer than the usual proxy keeps a connection to us, so that it is not closed under a request
max_requests = configuration.web_max_requests  # then a process ends and another begins: memory is given back
max_requests_jitter = max_requests // 5  # not all at once
preload_app = True  # imported once, then forked: importing opens no connection, because a pool must not be forked
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (heartbeat files need a fast disk)
accesslog = None
errorlog = "-"
loglevel = "warning"
