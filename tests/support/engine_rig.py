"""The engine of one test: a leader that ticks when told, executors that claim and report when told.

All of it is the product's own, on the session's Redis and database; only the order of events is the test's.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import redis
from django.utils import timezone

from apps.core.json import canonical
from apps.core.pools import DEFAULT_POOL
from apps.workflows.executor import runner
from apps.workflows.executor.claims import AttemptReport, Claim, Queue
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.live import journal, keys
from apps.workflows.live.client import LiveRedis
from apps.workflows.models import Command, Job, Shard, Workflow
from apps.workflows.scheduler.loop import Scheduler
from apps.workflows.scheduler.positions import position
from apps.workflows.services.snapshots import store_snapshots
from tests.support.waiting import PATIENCE_SECONDS

STATE_TTL = 600
# Long enough for no lease to end by itself in a test that is not about that.
LEASE_SECONDS = 120.0


class Clock:
    """The time, plus what a test lets pass at once."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead

    def pass_by(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)


class Rig:
    """``lease`` is in seconds."""

    def __init__(self, url: str, lease: float = LEASE_SECONDS) -> None:
        self.url = url
        self.lease = lease
        self.clock = Clock()
        self._candidates = 0
        self._lives: list[LiveRedis] = []
        self.scheduler = self.new_scheduler()
        self.queue = self.new_queue()
        # Any: the library's types do not know that answers are decoded.
        self.redis: Any = redis.Redis.from_url(url, decode_responses=True, socket_timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self.redis.close()
        for live in self._lives:
            live.close()

    # -- the leader -----------------------------------------------------------------------------

    def new_scheduler(self) -> Scheduler:
        """A candidate that shares no memory with the others: the same process, started again."""
        self._candidates += 1
        live = self._live()
        name = f"scheduler-{self._candidates}"
        return Scheduler(name, live, lease_seconds=self.lease, state_ttl=STATE_TTL, clock=self.clock)

    def _live(self) -> LiveRedis:
        """A connection that waits for a busy Redis: what it asked for was done, though the answer is late."""
        self._lives.append(LiveRedis(self.url, timeout=PATIENCE_SECONDS))
        return self._lives[-1]

    def restart_scheduler(self) -> None:
        """The leader is gone without a word, and its lease is over; another process leads."""
        Shard.objects.update(expires_at=None)
        self.scheduler = self.new_scheduler()

    def catch_up(self) -> None:
        """Tick until the leader has opened Redis and applied all of the journal."""
        self.until(self._is_at_the_tail)

    def until(self, holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
        """Tick until ``holds()``."""
        deadline = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < deadline, "it did not come true in time"
            self.scheduler.tick()

    def _is_at_the_tail(self) -> bool:
        leader_loop = self.scheduler.leader_loop
        if leader_loop is None:
            return False
        generation = leader_loop.processor.generation
        last = self.redis.xrevrange(keys.journal(generation), count=1)
        return not last or position(generation, last[0][0]) <= leader_loop.processor.position

    @property
    def generation(self) -> int:
        assert self.scheduler.leader_loop is not None
        return self.scheduler.leader_loop.processor.generation

    # -- from outside ---------------------------------------------------------------------------

    def start(self, *steps: Mapping[str, Any], count: int = 1, heard: bool = True, **fields: Any) -> list[Workflow]:
        """Workflows of a template with these steps; the leader has ``heard`` of them.

        ``fields`` are the workflow's; ``document`` adds keys to the template.
        """
        if self.scheduler.leader_loop is None:
            self.catch_up()
        rows = self._create(steps, count, fields)
        journal.append_starts({row.pk: [step["name"] for step in steps] for row in rows})
        if heard:
            self.catch_up()
        return rows

    def unheard(self, *steps: Mapping[str, Any], **fields: Any) -> Workflow:
        """A workflow whose start never reached the journal."""
        return self._create(steps, 1, fields)[0]

    def _create(self, steps: Sequence[Mapping[str, Any]], count: int, fields: dict[str, Any]) -> list[Workflow]:
        body = {"templateId": "t", "version": "1.0.0", "steps": list(steps), **fields.pop("document", {})}
        sha = canonical.sha256(body)
        store_snapshots({sha: body})
        fields.setdefault("created_at", timezone.now())
        rows = [Workflow(template_id="t", version="1.0.0", document_id=sha, **fields) for _ in range(count)]
        Workflow.objects.bulk_create(rows)
        return rows

    def start_one(self, *steps: Mapping[str, Any], **fields: Any) -> Workflow:
        return self.start(*steps, **fields)[0]

    def command(self, workflow: Workflow, kind: str, job: str = "", **payload: Any) -> Command:
        """Store and append an act; it is applied by the next tick."""
        row = self.store(workflow, kind, job, **payload)
        self.append(row)
        return row

    def store(self, workflow: Workflow, kind: str, job: str = "", **payload: Any) -> Command:
        """An act that the journal has not heard of."""
        return Command.objects.create(
            workflow=workflow, kind=kind, job_id=job, payload=payload, created_at=timezone.now()
        )

    def append(self, command: Command) -> None:
        journal.append_commands([(command.pk, command.workflow_id)])

    def cancel(self, workflow: Workflow) -> Any:
        return self._answered(self.command(workflow, "cancel"))

    def put(self, workflow: Workflow, job: str, status: str, **payload: Any) -> Any:
        """An outside worker's report, applied; its answer's status."""
        return self._answered(self.command(workflow, "report", job, status=status, **payload))

    def _answered(self, command: Command) -> Any:
        self.catch_up()
        return Command.objects.values_list("result__status", flat=True).get(pk=command.pk)

    # -- executors ------------------------------------------------------------------------------

    def new_queue(self, name: str = "executor", lease: float | None = None, pool: str = DEFAULT_POOL) -> Queue:
        """An executor's side of Redis, which does not wait where there is nothing to do."""
        stopping = threading.Event()
        stopping.set()
        queue = Queue(ExecutorSettings(self.url, lease or self.lease, pool, 1, (), name), stopping)
        queue.live = self._live()
        return queue

    def take(self) -> Claim | None:
        """The best ready job of what is open now, if there is one."""
        mark = self.redis.get(keys.open_mark())
        if self.queue.live.opened != mark:
            # A queue that does not wait gives up where it finds another generation than it knew.
            self.queue.live.join()
        return self.queue.claim()

    def claim(self) -> Claim:
        """The best ready job, which has to be there."""
        claim = self.take()
        assert claim is not None, "no job is ready"
        return claim

    def succeed(self, claim: Claim, output: Any = None, *, go_on: bool = False, response: Any = None) -> Claim | None:
        data = {"output": output} if response is None else {"output": output, "response": response}
        return self.queue.report(claim, AttemptReport("succeeded", json.dumps(data)), next_claim=go_on)

    def fail(self, claim: Claim, code: str = "error", **keys: Any) -> None:
        self.report(claim, "failed", {"error": {"code": code, "message": "it went wrong"}, **keys})

    def report(self, claim: Claim, kind: str, data: Any) -> None:
        self.queue.report(claim, AttemptReport(kind, "" if data is None else json.dumps(data)), next_claim=False)

    def work(self) -> list[Claim]:
        """Run jobs by their own types until none is ready and all is applied; what was claimed."""
        done: list[Claim] = []
        while True:
            self.catch_up()
            claim = self.take()
            if claim is None:
                return done
            while claim is not None:
                done.append(claim)
                claim.begin()
                claim = self.queue.report(claim, runner.run(claim, ()), next_claim=True)

    # -- looking --------------------------------------------------------------------------------

    def job(self, workflow: Workflow, job_id: str) -> Job:
        return Job.objects.get(workflow=workflow, job_id=job_id)

    def status(self, workflow: Workflow, job_id: str) -> str:
        return self.job(workflow, job_id).status

    def state(self, workflow: Workflow) -> str:
        return Workflow.objects.get(pk=workflow.pk).state

    def hash(self, workflow: Workflow) -> dict[str, str]:
        """What Redis holds of a workflow beside the contract's keys."""
        return dict(self.redis.hgetall(keys.work(self.generation, str(workflow.pk))))

    def entries(self, kind: str) -> list[dict[str, str]]:
        """The journal's entries of one kind."""
        found = self.redis.xrange(keys.journal(self.generation))
        return [fields for _, fields in found if fields["k"] == kind]


def noop(name: str, **keys_: Any) -> dict[str, Any]:
    return {"name": name, "type": "noop", "config": {}, **keys_}


def call(name: str, **keys_: Any) -> dict[str, Any]:
    """A step whose type is not repeatable. Nobody calls: tests report for it."""
    return {"name": name, "type": "external_api_call", "config": {"api_endpoint": "http://127.0.0.1/"}, **keys_}


def transform(name: str, output: Any, **keys_: Any) -> dict[str, Any]:
    return {"name": name, "type": "transform", "config": {"output": output}, **keys_}


def wait(name: str, duration: str, **keys_: Any) -> dict[str, Any]:
    return {"name": name, "type": "wait", "config": {"duration": duration}, **keys_}


def line(count: int) -> list[dict[str, Any]]:
    """``s0`` to ``s<count - 1>``, one after the other, which do nothing."""
    return [noop(f"s{number}") for number in range(count)]
