"""One executor process: its slots, and the keeper that renews leases and watches deadlines."""

import logging
import math
import os
import threading
import time
from pathlib import Path
from typing import Any

import redis

from apps.workflows.executor import runner
from apps.workflows.executor.claims import Claim, Queue
from apps.workflows.executor.json_lock import JSON_LOCK
from apps.workflows.executor.memory_budget import MemoryBudget
from apps.workflows.executor.settings import ExecutorSettings
from apps.workflows.executor.usage_meter import UsageMeter
from apps.workflows.live.client import Closed

logger = logging.getLogger(__name__)

# A cancel reaches a running job within two seconds, by the answer to a renewal.
MAX_RENEWAL_PAUSE_SECONDS = 1.0
# Job types end themselves at their deadline; one that is this late does not.
DEADLINE_GRACE_SECONDS = 1.0
# A thread cannot be ended: one that hangs this long costs the process its life.
HUNG_SECONDS = 10.0
# What a stopping process has not finished by then it hands back; then it ends, whatever hangs.
HAND_BACK_SECONDS = 25.0
EXIT_SECONDS = 28.0
EXIT_CODE_HUNG = 70
# All slots wait for whoever reads or writes large JSON: what it is allowed takes less than a second.
MAX_JSON_LOCK_SECONDS = 30.0
# Pilots follow one another at once. A process without any for so long, although Redis answers, takes no jobs any more.
MAX_UNSERVED_SECONDS = 120.0
# Of what jobs are given, as JSON: as values it takes some five times as much, and eight slots have 128 MiB for everything,
# of which TLS to Redis takes 16.
MEMORY_BYTES_PER_SLOT = 256 * 1024


class Executor:
    """Threads take jobs by :meth:`serve`; one keeper thread looks after all of them."""

    def __init__(self, settings: ExecutorSettings) -> None:
        self.settings = settings
        self.stopping = threading.Event()
        self.queue = Queue(settings, self.stopping)
        self.meter = UsageMeter()
        self._lock = threading.Lock()
        self._turns = MemoryBudget(MEMORY_BYTES_PER_SLOT * settings.slots)
        self._held: dict[str, Claim] = {}
        self._abandoned: dict[str, Claim] = {}
        # Ran over their time, which Redis does not know yet.
        self._unreported: list[Claim] = []
        self._handing_back = False
        self._exit_is_set = False
        self._renewed_at = time.monotonic()
        self._started = False
        # How many threads serve, and since when none does.
        self._serving = 0
        self._unserved_since = time.monotonic()

    def start(self) -> None:
        """Start the keeper, once."""
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._keep, name="keeper", daemon=True).start()

    def serve(self, until: float) -> None:
        """Take and run jobs one after the other, until the monotonic time ``until`` or a stop."""
        with self._lock:
            self._serving += 1
        try:
            while self._may_go_on(until):
                claim = self._hold(self.queue.claim())
                while claim is not None:
                    claim = self._hold(self._run(claim, until))
        finally:
            with self._lock:
                self._serving -= 1
                self._unserved_since = time.monotonic()

    def stop(self) -> None:
        """Take no more jobs; hand back what is not over in time, then end, whatever hangs."""
        self.stopping.set()
        with self._lock:
            # A process that recycles itself is stopping already, and has to end in time none the less.
            if self._exit_is_set:
                return
            self._exit_is_set = True
        for seconds, action in ((HAND_BACK_SECONDS, self._hand_back), (EXIT_SECONDS, lambda: os._exit(0))):
            timer = threading.Timer(seconds, action)
            timer.daemon = True
            timer.start()

    # -- slots ----------------------------------------------------------------------------------

    def _may_go_on(self, until: float) -> bool:
        return not self.stopping.is_set() and time.monotonic() < until

    def _run(self, claim: Claim, until: float) -> Claim | None:
        """Run and report one job. Returns the one to go on with."""
        # Its slot is taken until it is reported: of short jobs that is most of their time.
        self.meter.begin(claim.id)
        try:
            return self._run_and_report(claim, until)
        finally:
            self.meter.end(claim.id)

    def _run_and_report(self, claim: Claim, until: float) -> Claim | None:
        with self._turns.turn(claim.size, alone=claim.alone):
            claim.begin()
            report = runner.run(claim, self.settings.egress_allow)
        if not self._release(claim):
            # The keeper has reported it as timed out.
            return None
        if claim.gone.is_set() and report.kind == "failed":
            # It was given up, which is not the job's fault.
            report = runner.handed_back()
        go_on = self._may_go_on(until) and not claim.gone.is_set()
        return self.queue.report(claim, report, next_claim=go_on)

    def _hold(self, claim: Claim | None) -> Claim | None:
        if claim is not None:
            with self._lock:
                self._held[claim.id] = claim
        return claim

    def _release(self, claim: Claim) -> bool:
        """Return whether the attempt was still this thread's to report."""
        with self._lock:
            self._abandoned.pop(claim.id, None)
            return self._held.pop(claim.id, None) is not None

    # -- the keeper -----------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = min(self.settings.lease_seconds / 4, MAX_RENEWAL_PAUSE_SECONDS)
        # So that the first heartbeat comes before the first job.
        self._rejoin()
        while True:
            for step in (
                self._show_life,
                self._renew,
                self._end_overdue,
                self._recycle_if_hung,
                self._recycle_if_stuck,
            ):
                try:
                    step()
                except Exception:
                    # Without its keeper a process would lose every job it runs.
                    logger.exception("keeper_step_failed", extra={"step": step.__name__})
            time.sleep(pause)

    def _show_life(self) -> None:
        """Touch the file that a pod's probes look at. Whether Redis answers is nothing that a new process would mend."""
        if self.settings.alive_file:
            Path(self.settings.alive_file).touch()

    def _renew(self) -> None:
        with self._lock:
            claims = [claim for claim in self._held.values() if not claim.gone.is_set()]
        try:
            self.queue.renew(claims, self._heartbeat(len(claims)))
            self._renewed_at = time.monotonic()
        except (Closed, redis.RedisError):
            if not self.stopping.is_set():
                self._rejoin()
            if time.monotonic() - self._renewed_at > self.settings.lease_seconds:
                # Nobody has heard of us for a lease: others may run these attempts now.
                for claim in claims:
                    claim.gone.set()

    def _rejoin(self) -> None:
        try:
            self.queue.live.rejoin(self.queue.live.opened)
        except (Closed, redis.RedisError) as error:
            logger.debug("redis_unavailable", extra={"error": str(error)})

    def _heartbeat(self, busy: int) -> dict[str, Any]:
        return {
            "pool": self.settings.pool,
            "slots": self.settings.slots,
            "busy": busy,
            "pid": os.getpid(),
            "drained": self.queue.drained(),
            **self.meter.reading(),
        }

    def _end_overdue(self) -> None:
        """Report attempts that outlived their deadline, so that a hanging thread does not hold the job.

        While Redis is away the keeper goes on with its other steps, and tries again.
        """
        now = time.monotonic()
        with self._lock:
            overdue = [claim for claim in self._held.values() if now > claim.deadline + DEADLINE_GRACE_SECONDS]
            for claim in overdue:
                del self._held[claim.id]
                self._abandoned[claim.id] = claim
        for claim in overdue:
            claim.gone.set()
        self._unreported += overdue
        try:
            while self._unreported:
                self.queue.report_now(self._unreported[0], runner.timed_out(self._unreported[0]))
                self._unreported.pop(0)
        except (Closed, redis.RedisError):
            self._rejoin()

    def _recycle_if_hung(self) -> None:
        with self._lock:
            hung = [c for c in self._abandoned.values() if time.monotonic() > c.deadline + HUNG_SECONDS]
            # One that waits for its turn would wait for the hanging one.
            others = sum(claim.deadline < math.inf for claim in self._held.values())
        if not hung:
            return
        if not self.stopping.is_set():
            extra = {"workflow_id": hung[0].workflow_id, "job_id": hung[0].job_id, "attempt": hung[0].attempt}
            logger.error("job_hung", extra=extra)
            self.stopping.set()
        if not others and not self._unreported and not self._handing_back:
            # It waits for Redis, as long as that takes.
            threading.Thread(target=self._hand_back, args=(EXIT_CODE_HUNG,), daemon=True).start()

    def _recycle_if_stuck(self) -> None:
        """End a process whose slots can do nothing: what they hold is handed back, and another process takes it."""
        reason = self._stuck_reason()
        if reason and not self._handing_back:
            logger.error("executor_stuck", extra={"reason": reason})
            self.stopping.set()
            threading.Thread(target=self._hand_back, args=(EXIT_CODE_HUNG,), daemon=True).start()

    def _stuck_reason(self) -> str:
        if JSON_LOCK.held_seconds() > MAX_JSON_LOCK_SECONDS:
            return "a job keeps all others from reading and writing JSON"
        now = time.monotonic()
        with self._lock:
            is_unserved = not self._serving and now - self._unserved_since > MAX_UNSERVED_SECONDS
        # While Redis is away no pilot can come; that is nothing that another process would mend.
        hears_redis = now - self._renewed_at < self.settings.lease_seconds
        return "no slot takes jobs" if is_unserved and hears_redis and not self.stopping.is_set() else ""

    def _hand_back(self, status: int = 0) -> None:
        """Report what is held as handed back, once, then end the process."""
        with self._lock:
            if self._handing_back:
                return
            self._handing_back = True
            rest = list(self._held.values())
            self._held.clear()
        for claim in rest:
            claim.gone.set()
            self.queue.report(claim, runner.handed_back(), next_claim=False)
        os._exit(status)
