"""How gunicorn serves the clinic, under `bin/run` and in a container: a few processes of a few threads each."""

import gc
import os

from django.db import connections

wsgi_app = "clinic.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("CLINIC_WEB_PROCESSES") or min(4, os.cpu_count() or 1))
threads = int(os.environ.get("CLINIC_WEB_THREADS") or 4)
# Loaded once and shared: the processes start at once, and their memory is mostly the same pages.
preload_app = True
timeout = 60
graceful_timeout = 3
keepalive = 30
# The heartbeat file of each process is written often: in memory where there is such a place.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Up to what the server takes at most, a long address is answered by a page of ours, not by its bare refusal.
limit_request_line = 8190
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"


def when_ready(server: object) -> None:
    """Leave what is loaded to itself: to search it for garbage takes longer than a page, and copies it."""
    gc.collect()
    gc.freeze()


def post_fork(server: object, worker: object) -> None:
    """A connection opened while the code was loaded belongs to the parent."""
    connections.close_all()
