"""Gunicorn's configuration in the stack; gunicorn reads this file."""

from typing import Any

from django.conf import settings

from apps.stack.tether import end_with_parent

wsgi_app = "baseshift.wsgi"
workers = 2
worker_class = "gthread"
# Requests that wait for a workflow's end are bounded in each process; the other threads stay free for the rest.
threads = settings.MAX_WAITING_REQUESTS + 8
keepalive = 30
# Stopping, a waiting request gets this long to be answered.
graceful_timeout = 5
# No socket in the home directory by which others can steer it.
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Have the worker end with the master, however that ends."""
    end_with_parent(server.pid)
