"""The executor as a Celery worker: ``celery -A baseshift worker``.

Celery runs the process and its threads; which job comes next is the queue's decision at the moment a
slot is free. So the only task is the *pilot*: it takes jobs one after the other for a while, then asks
for its successor. Each worker asks for its own pilots, one a slot, through a queue of its own.
"""

import logging
import time
import uuid
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, celeryd_after_setup, worker_init, worker_ready, worker_shutting_down
from celery.utils.log import ColorFormatter
from kombu import Queue

from apps.workflows.executor.process import Executor
from apps.workflows.executor.settings import ExecutorSettings
from baseshift.logs import EventFormatter

# A pilot ends after so many seconds, so that no Celery task runs without end.
PILOT_SECONDS = 300.0

settings = ExecutorSettings.from_environment()
# No fixups: Celery would load all of Django into the executor.
app = Celery("baseshift", broker=settings.broker_url, fixups=[])
app.conf.update(
    worker_pool="threads",
    worker_concurrency=settings.slots,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    task_ignore_result=True,
    task_acks_late=False,
    task_default_queue=f"pilots.{settings.pool}",
    # The exchange without a name. Another one notes its queues in Redis: pods have names of their own, and those of all
    # that were ever killed would be read with each pilot.
    task_default_exchange="",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_keepalive": True},
)
# Pilots come and go every few minutes in each slot: two lines for each would bury the rest.
for name in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(name).setLevel(logging.WARNING)
# For those who look for errors it would write down what others answer, with their tokens.
logging.getLogger("httpcore").setLevel(logging.INFO)
# Pilots asked for by an earlier process of the same name are not this one's.
INCARNATION = uuid.uuid4().hex


@cache
def executor() -> Executor:
    return Executor(settings)


@app.task(name="baseshift.pilot", bind=True)
def pilot(self: Any, incarnation: str) -> None:
    """Serve one slot for a while, then ask for the next pilot."""
    if incarnation != INCARNATION:
        return
    try:
        executor().serve(time.monotonic() + PILOT_SECONDS)
    finally:
        # Whatever happened, the slot is served on.
        if not executor().stopping.is_set():
            ask_for_pilot(self.request.hostname)


def own_queue(nodename: str) -> Queue:
    """Return the worker's own queue, on the default exchange; that of the option ``worker_direct`` has another."""
    return Queue(f"pilots.{nodename}")


def ask_for_pilot(nodename: str) -> None:
    pilot.apply_async((INCARNATION,), queue=own_queue(nodename), retry=True)


class WorkerFormatter(EventFormatter, ColorFormatter):
    """Celery's own lines, with its colours on a terminal, and what our events carry."""


@after_setup_logger.connect
def show_events(logger: logging.Logger, format: str, colorize: bool, **_: Any) -> None:
    for handler in logger.handlers:
        if isinstance(handler.formatter, ColorFormatter):
            handler.setFormatter(WorkerFormatter(format, use_color=colorize))


@celeryd_after_setup.connect
def listen(sender: str, instance: Any, **_: Any) -> None:
    instance.app.amqp.queues.select_add(own_queue(sender))


@worker_init.connect
def begin(**_: Any) -> None:
    executor().start()


@worker_ready.connect
def ask_for_pilots(sender: Any, **_: Any) -> None:
    for _slot in range(settings.slots):
        ask_for_pilot(sender.hostname)


@worker_shutting_down.connect
def finish(**_: Any) -> None:
    executor().stop()
