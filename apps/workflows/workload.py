"""Executors as Redis and SQL know them: the live, the busy, the draining."""

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.db.models import Count, OuterRef, Subquery

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import TooLarge
from apps.pods.planning.heartbeats import Heartbeat, WorkloadState
from apps.pods.workload import HeldJob, WorkloadUnavailable
from apps.workflows.live import keys
from apps.workflows.live.client import Closed, LiveRedis, generation_of
from apps.workflows.models import Attempt, Job, Workflow

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# An executor that nobody asks to drain any more is not held up forever.
DRAIN_SECONDS = 3600
# Of all pods that are asked about at once.
MAX_JOBS = 20_000
# Whole numbers in JSON are exact up to here (RFC 8259, section 6).
MAX_EXACT_INTEGER = 2**53


class ExecutorsWorkload:
    """The engine's answer to the port of pods. It connects when it is first asked."""

    def __init__(self) -> None:
        self._live: LiveRedis | None = None

    def observe(self, pools: Collection[str], executors: Collection[str]) -> WorkloadState:
        return self._ask(lambda live: _look(live, list(pools), list(executors)))

    def drain(self, tokens: Mapping[str, str]) -> None:
        def set_tokens(live: LiveRedis) -> None:
            pipeline = live.redis.pipeline(transaction=False)
            for name, token in tokens.items():
                pipeline.set(keys.drain(name), token, ex=DRAIN_SECONDS)
            pipeline.execute()

        if tokens:
            self._ask(set_tokens)

    def resume(self, executors: Collection[str]) -> None:
        if executors:
            self._ask(lambda live: live.redis.delete(*map(keys.drain, executors)))

    def jobs(self, actor: Actor, executors: Collection[str]) -> Mapping[str, Sequence[HeldJob]]:
        # There are never more of them than slots.
        running = policy.visible_through(actor, Job.objects.running(), Workflow, "workflow_id")
        held = running.annotate(executor=_executor()).filter(executor__in=executors).order_by("executor", "pk")
        rows = held.values_list("executor", "workflow_id", "job_id", "attempt")
        found: dict[str, list[HeldJob]] = {}
        for count, (executor, workflow_id, job_id, attempt) in enumerate(rows[: MAX_JOBS + 1]):
            if count == MAX_JOBS:
                raise TooLarge(f"These are more than {MAX_JOBS} jobs at once: ask for fewer pods.")
            found.setdefault(executor, []).append(HeldJob(workflow_id, job_id, attempt))
        return found

    def _ask(self, call: Callable[[LiveRedis], Answer]) -> Answer:
        live = self._live = self._live or LiveRedis(settings.REDIS_URL)
        try:
            if not live.opened:
                live.join()
            return call(live)
        except Closed as error:
            live.forget()
            raise WorkloadUnavailable("Redis is not opened by a scheduler") from error
        except redis.RedisError as error:
            live.forget()
            raise WorkloadUnavailable(f"Redis is away: {error}") from error


def _look(live: LiveRedis, pools: list[str], executors: list[str]) -> WorkloadState:
    mark = live.opened
    if not mark:
        # Another thread has just found out that it is closed.
        raise Closed
    generation = generation_of(mark)
    pipeline = live.redis.pipeline(transaction=False)
    pipeline.get(keys.open_mark())
    for pool in pools:
        pipeline.zcard(keys.ready(generation, pool))
    for executor in executors:
        pipeline.get(keys.executor(executor))
    found, *answers = pipeline.execute()
    if (found or b"").decode() != mark:
        raise Closed
    beats = zip(executors, answers[len(pools) :], strict=True)
    return WorkloadState(
        mark=mark,
        backlog=dict(zip(pools, answers, strict=False)),
        # A walk over all running jobs, which pages that ask for queues alone go without.
        busy=_busy() if executors else {},
        heartbeats={name: beat for name, text in beats if text and (beat := _heartbeat(text))},
    )


def _heartbeat(text: bytes) -> Heartbeat | None:
    """None for what no executor says. One of another version, by its pool's image, may say less than ours, or else."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    drained = fields.get("drained")
    return Heartbeat(
        busy=int(_number(fields.get("busy"))),
        done=int(_number(fields.get("done"))),
        slot_seconds=_number(fields.get("slotSeconds")),
        drained=drained if isinstance(drained, str) else "",
        memory=int(_number(fields.get("memory"))),
        cpu_seconds=_number(fields.get("cpuSeconds")),
    )


def _number(value: Any) -> float:
    """Zero for what is not a number that could be meant."""
    return value if isinstance(value, int | float) and 0 <= value < MAX_EXACT_INTEGER else 0


def _busy() -> dict[str, int]:
    """Return how many running jobs SQL knows of each executor."""
    running = Job.objects.running().annotate(executor=_executor())
    # No ordering: it would be grouped by, too.
    return dict(running.order_by().values_list("executor").annotate(Count("pk")).values_list("executor", "pk__count"))


def _executor() -> Subquery:
    """Return the executor of a job's present attempt."""
    attempt = Attempt.objects.filter(
        workflow=OuterRef("workflow"), job_id=OuterRef("job_id"), number=OuterRef("attempt")
    )
    return Subquery(attempt.values("executor")[:1])
