"""Claims on attempts, and the calls that make, renew and end them."""

import json
import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis

from apps.core.processes.backoff import Backoff
from apps.workflows.executor.json_lock import JSON_LOCK
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.live import keys
from apps.workflows.live.client import Closed, LiveRedis, generation_of

logger = logging.getLogger(__name__)

# Claims are refused while the journal is longer: the scheduler has to catch up first.
MAX_JOURNAL_ENTRIES = 500_000
WAKE_SECONDS = 2.0
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.2, 2.0
# How soon a drained executor takes jobs again when it is asked to.
DRAINED_SECONDS = 0.5


@dataclass(slots=True)
class Claim:
    """A lease on one attempt. The token that every later call needs is (attempt, id).

    The data of a job stays JSON until it is its turn: as values it takes several times the memory.
    """

    workflow_id: str
    job_id: str
    # From 1.
    attempt: int
    # Unique among all claims.
    id: str
    # Type, config and timeout (seconds) of the step.
    payload: dict[str, Any]
    # ``input`` and ``workflow``; empty if the step refers to neither.
    base_json: bytes
    # By name, the steps that it refers to.
    outcomes_json: Mapping[str, bytes]
    # To run with no other job of the process beside it.
    alone: bool
    # By time.monotonic; set when it begins to run.
    deadline: float = math.inf
    # Set when the attempt is ours no longer, or is to be given up.
    gone: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Let its time run from now on."""
        self.deadline = time.monotonic() + self.payload["timeout"]

    @property
    def size(self) -> int:
        """Size of the data it is given, in bytes of JSON."""
        return len(self.base_json) + sum(map(len, self.outcomes_json.values()))

    @property
    def base(self) -> dict[str, Any]:
        """``input`` and ``workflow``, read anew each time."""
        return _read(self.base_json) if self.base_json else {}

    @property
    def outcomes(self) -> dict[str, Any]:
        """Outcomes of the steps that it refers to, read anew each time."""
        return {name: _read(outcome) for name, outcome in self.outcomes_json.items()}

    @property
    def token(self) -> tuple[str, str, str, str]:
        return (self.workflow_id, self.job_id, str(self.attempt), self.id)


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """An attempt's end: ``succeeded``, ``failed`` or ``lost``, with its data as JSON."""

    kind: str
    data: str


def new_claim_id() -> str:
    return uuid.uuid4().hex


class Queue:
    """The executor's side of Redis. Each call repeats until Redis has answered it, or ``stopping`` is set."""

    def __init__(self, settings: ExecutorSettings, stopping: threading.Event) -> None:
        self.settings = settings
        self.stopping = stopping
        self.live = LiveRedis(settings.queue_url)
        self._lease_ms = int(settings.lease_seconds * 1000)
        self._away = False
        # The draining that each thread has met by its last claim; it holds no job since.
        self._drained: dict[int, str] = {}

    def drained(self) -> str:
        """Return the token of the draining that all slots have met; empty while one may hold a job."""
        met = list(self._drained.values())
        return met[0] if len(met) == self.settings.slots and len(set(met)) == 1 else ""

    def claim(self) -> Claim | None:
        """Return the best ready job, or ``None`` after a while without one."""
        claim_id = new_claim_id()
        self._drained.pop(threading.get_ident(), None)
        answer = self._persist(
            lambda again: self.live.script(
                "claim",
                [self.settings.pool, claim_id, self.settings.name, self._lease_ms, MAX_JOURNAL_ENTRIES, int(again)],
            )
        )
        if answer is None:
            return None
        if answer[0] == b"job":
            return _claim(answer)
        if answer[0] == b"drain":
            self._drained[threading.get_ident()] = answer[1].decode()
            self.stopping.wait(DRAINED_SECONDS)
        elif answer[0] == b"full":
            self.stopping.wait(MIN_PAUSE_SECONDS)
        elif not self.stopping.is_set():
            self._sleep_until_woken()
        return None

    def report(self, claim: Claim, report: AttemptReport, *, next_claim: bool) -> Claim | None:
        """Report how the attempt ended. Returns the job to go on with, if one was asked for and is there."""
        claim_id = new_claim_id() if next_claim else ""
        answer = self._persist(lambda again: self._report(claim, report, claim_id), give_up_when_stopping=False)
        return _claim(answer) if answer[0] == b"job" else None

    def report_now(self, claim: Claim, report: AttemptReport) -> None:
        """Report how the attempt ended, by one call. Raises :class:`Closed` and Redis' errors."""
        self._report(claim, report, "")

    def renew(self, claims: Sequence[Claim], heartbeat: dict[str, Any]) -> None:
        """Prolong the leases; claims that are ours no longer are marked gone. Raises :class:`Closed` and Redis' errors."""
        flat = [part for claim in claims for part in claim.token]
        lost = self.live.script("renew", [self.settings.name, json.dumps(heartbeat), self._lease_ms, *flat])
        for place in lost:
            claims[int(place)].gone.set()

    def _sleep_until_woken(self) -> None:
        # Taken once: another thread may be joining anew.
        mark = self.live.opened
        if not mark:
            return
        try:
            self.live.redis.blpop([keys.wake(generation_of(mark), self.settings.pool)], timeout=WAKE_SECONDS)
        except redis.RedisError:
            # The next claim meets whatever is wrong.
            return

    def _report(self, claim: Claim, report: AttemptReport, claim_id: str) -> Any:
        answer = self.live.script(
            "report",
            [
                *(*claim.token, report.kind, report.data),
                *(claim_id, self.settings.name, self._lease_ms, MAX_JOURNAL_ENTRIES),
            ],
        )
        if answer[0] == b"refused":
            extra = {"workflow_id": claim.workflow_id, "job_id": claim.job_id, "attempt": claim.attempt}
            logger.warning("report_refused", extra=extra)
        return answer

    def _persist(self, call: Callable[[bool], Any], *, give_up_when_stopping: bool = True) -> Any:
        """Call until there is an answer. The argument says whether an earlier try may have had effect."""
        failures, pauses = 0, Backoff(MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            mark = self.live.opened
            try:
                if not mark:
                    self.live.join()
                answer = call(failures > 0)
            except Closed:
                pass
            except redis.RedisError as error:
                failures += 1
                self._note_outage(error)
            else:
                self._away = False
                return answer
            joined = self._rejoined(mark)
            if self.stopping.is_set() and give_up_when_stopping:
                return None
            # A Redis that can be joined may still refuse each call, such as a replica that takes no writes.
            if not joined or failures > 1:
                # Not stopping.wait(): a report is worth waiting for while the process stops.
                time.sleep(pauses.next_delay())

    def _rejoined(self, mark: str) -> bool:
        try:
            self.live.rejoin(mark)
        except (Closed, redis.RedisError):
            return False
        return True

    def _note_outage(self, error: redis.RedisError) -> None:
        """One line an outage, whichever thread meets it first."""
        level = logging.DEBUG if self._away else logging.WARNING
        self._away = True
        logger.log(level, "redis_unavailable", extra={"error": str(error)})


def _claim(answer: Sequence[bytes]) -> Claim:
    _, workflow, job, attempt, claim, payload, base, flags, *pairs = answer
    return Claim(
        workflow_id=workflow.decode(),
        job_id=job.decode(),
        attempt=int(attempt),
        id=claim.decode(),
        payload=json.loads(payload),
        base_json=base,
        outcomes_json={
            name.decode(): outcome for name, outcome in zip(pairs[::2], pairs[1::2], strict=True) if outcome
        },
        alone=b"a" in flags,
    )


def _read(text: bytes) -> Any:
    with JSON_LOCK:
        return json.loads(text)
