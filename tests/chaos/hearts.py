"""What executors tell through Redis, told for processes that only stand for them: heartbeats, jobs, and that they drain."""

import json
import random
import time
from collections.abc import Collection, Sequence

import redis

from apps.workflows.live import keys
from tests.chaos.pod_places import Seen

# They do not expire while a test is slow.
HEARTBEAT_SECONDS = 600
JOB_CHANCE, LONGEST_JOB = 0.02, 0.5
PULSE = {"done": 0, "slotSeconds": 0.0, "memory": 0, "cpuSeconds": 0.0}


class Hearts:
    """All executors of a test; ``redis_client`` is opened here as a scheduler does it."""

    def __init__(self, redis_client: "redis.Redis", luck: random.Random) -> None:
        self._redis = redis_client
        self._luck = luck
        # Until when each works on its job.
        self.jobs: dict[str, float] = {}
        self._redis.set(keys.open_mark(), f"{self._redis.info('server')['run_id']}:1")

    def drains(self, names: Sequence[str]) -> list[bytes | None]:
        """What each was told of draining."""
        return self._redis.mget([keys.drain(name) for name in names])

    def beat(self, pods: Sequence[Seen], ready: Collection[str]) -> None:
        """Jobs end and begin, by luck; none begins in a pod that drains, nor before it is recorded as ready.

        What has never been seen to live may end without draining.
        """
        now = time.monotonic()
        self.jobs = {pod.name: self.jobs[pod.name] for pod in pods if self.jobs.get(pod.name, 0.0) > now}
        running = [pod.name for pod in pods if pod.runs and not pod.stopping]
        if not running:
            return
        drains = self.drains(running)
        pipeline = self._redis.pipeline(transaction=False)
        for name, drain in zip(running, drains, strict=True):
            if not drain and name in ready and name not in self.jobs and self._luck.random() < JOB_CHANCE:
                self.jobs[name] = now + self._luck.random() * LONGEST_JOB
            busy = int(name in self.jobs)
            told = {**PULSE, "busy": busy, "drained": drain.decode() if drain and not busy else ""}
            pipeline.set(keys.executor(name), json.dumps(told), ex=HEARTBEAT_SECONDS)
        pipeline.execute()
