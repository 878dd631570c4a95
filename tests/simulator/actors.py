"""Executors and outsiders, as steps of a few calls each."""

import json
import random
import uuid
from typing import TYPE_CHECKING, Any

import redis
from django.db import OperationalError, transaction

from apps.workflows.executor.claims import MAX_JOURNAL_ENTRIES, Claim, _claim
from apps.workflows.live.client import Closed
from apps.workflows.models import Command, Job
from tests.simulator.live import SimulatedLive, moment
from tests.support import graphs

if TYPE_CHECKING:
    from tests.simulator.world import World

LEASE_MS = 2000


class SimulatedExecutor:
    """Holds up to two claims. Its steps are what the product's executor does between two waits."""

    def __init__(self, world: "World", name: str, pool: str) -> None:
        self.world = world
        self.name = name
        self.pool = pool
        self.live = SimulatedLive(world.model, world.faults, name)
        self.claims: list[Claim] = []
        self.frozen_until = 0

    def step(self, rng: random.Random) -> None:
        if self.world.now_ms < self.frozen_until:
            return
        if rng.random() < 0.01:
            self.frozen_until = self.world.now_ms + rng.randint(LEASE_MS, 3 * LEASE_MS)
            return
        try:
            if not self.live.opened:
                self.live.join()
            self._act(rng)
        except (Closed, redis.RedisError):
            self.live.forget()

    def _act(self, rng: random.Random) -> None:
        if len(self.claims) < 2 and rng.random() < 0.5:
            claim_id = uuid.UUID(int=rng.getrandbits(128)).hex
            self._take(self.live.script("claim", [self.pool, claim_id, self.name, LEASE_MS, MAX_JOURNAL_ENTRIES, 0]))
        elif self.claims and rng.random() < 0.6:
            self._report(rng)
        elif self.claims:
            tokens = [part for claim in self.claims for part in claim.token]
            gone = self.live.script("renew", [self.name, "{}", LEASE_MS, *tokens])
            self.claims = [claim for place, claim in enumerate(self.claims) if place not in gone]

    def _report(self, rng: random.Random) -> None:
        claim = self.claims[0]
        kind, data = self._outcome(claim)
        again = uuid.UUID(int=rng.getrandbits(128)).hex if rng.random() < 0.8 else ""
        answer = self.live.script("report", [*claim.token, kind, data, again, self.name, LEASE_MS, MAX_JOURNAL_ENTRIES])
        # Only an answered report is over; one that broke off is sent again.
        self.claims.remove(claim)
        self._take(answer)

    def _take(self, answer: Any) -> None:
        if answer[0] == b"job":
            claim = _claim(answer)
            self.world.check_claim(claim, self.pool)
            self.claims.append(claim)

    def _outcome(self, claim: Claim) -> tuple[str, str]:
        fate = self.world.fates[claim.workflow_id][claim.job_id]
        self.world.ran.add((claim.workflow_id, claim.job_id))
        if graphs.fails(fate, claim.attempt):
            return "failed", json.dumps({"error": {"code": "error", "message": "as its fate says"}})
        output = graphs.output_of(claim.payload["config"], claim.outcomes)
        return "succeeded", json.dumps({"output": output})


class Outsider:
    """Cancels and reports from outside, as the services do: the row first, then the entry, which may get lost."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.live = SimulatedLive(world.model, world.faults, "web")
        self.sent: list[uuid.UUID] = []

    def start(self, workflow_id: str) -> None:
        self._append("start", workflow_id, "")

    def act(self, rng: random.Random, workflow_id: str) -> None:
        kind = rng.choice(["cancel", "report", "report"])
        job = rng.choice(list(self.world.fates[workflow_id]))
        payload: dict[str, Any] = {}
        if kind == "report":
            status = rng.choice(["RUNNING", "COMPLETED", "FAILED"])
            payload = {"status": status, "attempt": self._attempt(workflow_id, job)}
            if status == "COMPLETED":
                payload["output"] = {"outside": True}
            if status == "FAILED":
                payload["error"] = {"code": "outside", "message": "it went wrong"}
        key = uuid.UUID(int=rng.getrandbits(128))
        self.sent.append(key)
        try:
            with transaction.atomic():
                Command.objects.create(
                    id=key,
                    workflow_id=workflow_id,
                    kind=kind,
                    job_id=job if kind == "report" else "",
                    payload=payload,
                    created_at=moment(self.world.now_ms),
                )
        except OperationalError:
            # A 503: whether the row is there, nobody outside knows.
            return
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            self._append("command", workflow_id, str(key))

    def _attempt(self, workflow_id: str, job: str) -> int | None:
        row = Job.objects.filter(workflow_id=workflow_id, job_id=job).first()
        return row.attempt if row and row.attempt else None

    def _append(self, kind: str, workflow_id: str, reference: str) -> None:
        try:
            if not self.live.opened:
                self.live.join()
            self.live.script("append", [kind, workflow_id, reference])
        except (Closed, redis.RedisError):
            self.live.forget()
