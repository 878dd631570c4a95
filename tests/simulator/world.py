"""The whole system on virtual time: leaders, executors, outsiders, one Redis, one database, one seed."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.core.json import canonical
from apps.core.pools import DEFAULT_POOL
from apps.events.models import Event
from apps.workflows.engine.states import JOB_ENDED, WORKFLOW_ENDED
from apps.workflows.executor.claims import Claim
from apps.workflows.models import Attempt, Command, DocumentSnapshot, Job, QuarantinedEntry, Shard, Workflow
from apps.workflows.scheduler.loop import Scheduler
from tests.simulator import faults as faulty
from tests.simulator.actors import LEASE_MS, Outsider, SimulatedExecutor
from tests.simulator.faults import Crashed, Faults
from tests.simulator.live import SimulatedLive, moment
from tests.simulator.redis_model import RedisModel
from tests.support import graphs

BEGIN_MS = 1_900_000_000_000
STEPS = 6000
JOB_END_EVENTS = tuple(f"baseshift.job.{end}" for end in ("completed", "failed", "skipped", "cancelled"))


class World:
    """Everything about one seed. ``run`` plays it to its end; ``check`` says whether it came out right."""

    def __init__(self, seed: int, *, most_faults: int = 6, rate: float = 0.01) -> None:
        self.rng = random.Random(seed)
        self.now_ms = BEGIN_MS
        self.model = RedisModel(lambda: self.now_ms)
        self.faults = Faults(self, self.rng, most_faults, rate)
        self.executors = [
            SimulatedExecutor(self, f"executor{number}", pool) for number, pool in enumerate(graphs.POOLS * 2)
        ]
        self.outsider = Outsider(self)
        self.schedulers: dict[str, Scheduler] = {}
        self.repairs = 0
        self.names = 0
        self.fates: dict[str, dict[str, str]] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.touched: set[str] = set()
        self.ran: set[tuple[str, str]] = set()
        self.unstarted: list[str] = []

    # -- playing --------------------------------------------------------------------------------

    def run(self) -> None:
        """Play until every workflow has ended and every command is answered."""
        self._create_workflows()
        with self._breakable_commits():
            self._add_scheduler()
            for _ in range(STEPS):
                self._step()
                if self.rng.random() < 0.05 and self._over():
                    return
        raise AssertionError(f"not over after {STEPS} steps: {self._open_work()}")

    def wait(self, milliseconds: int) -> None:
        self.now_ms += milliseconds

    def _sleep(self, seconds: float) -> None:
        self.wait(int(seconds * 1000))

    def run_others(self, actor: str, steps: int) -> None:
        """Let everyone else go on while ``actor`` stands in the middle of something."""
        for _ in range(steps):
            self._executor_step(actor)
            self.wait(self.rng.randint(0, 400))

    def lead_by_another(self, actor: str) -> None:
        """The lease runs out while its holder stands still, and another one leads."""
        if actor not in self.schedulers:
            return
        Shard.objects.update(expires_at=None)
        other = self._add_scheduler()
        for _ in range(self.rng.randint(1, 6)):
            self._tick(other)
            self._executor_step(actor)

    def _step(self) -> None:
        self.wait(self.rng.choice([0, 1, 1, 5, 20, 60]))
        chance = self.rng.random()
        if chance < 0.35:
            self._tick(self.rng.choice(list(self.schedulers)))
        elif chance < 0.9:
            self._executor_step("")
        elif self.unstarted:
            self._guarded("web", lambda: self.outsider.start(self.unstarted.pop()))
        elif chance < 0.905 and self.rng.random() < 0.3 and len(self.outsider.sent) < 6:
            workflow = self.rng.choice(list(self.fates))
            self.touched.add(workflow)
            self._guarded("web", lambda: self.outsider.act(self.rng, workflow))

    def _tick(self, name: str) -> None:
        self._guarded(name, lambda: self.schedulers[name].tick())

    def _executor_step(self, but: str) -> None:
        executor = self.rng.choice(self.executors)
        if executor.name != but:
            self._guarded(executor.name, lambda: executor.step(self.rng))

    def _guarded(self, actor: str, act: Any) -> None:
        try:
            act()
        except Crashed as crash:
            self._bury(str(crash))

    def _bury(self, actor: str) -> None:
        if actor in self.schedulers:
            self.repairs += self.schedulers.pop(actor).sweep.repairs
            # Its lease runs out; time passes until then.
            Shard.objects.update(expires_at=None)
            self.wait(4000)
            self._add_scheduler()
        elif actor == "web":
            self.outsider.live.forget()
        else:
            at = next(i for i, executor in enumerate(self.executors) if executor.name == actor)
            self.names += 1
            self.executors[at] = SimulatedExecutor(self, f"executor-again{self.names}", self.executors[at].pool)

    def _add_scheduler(self) -> str:
        self.names += 1
        name = f"scheduler{self.names}"
        live = SimulatedLive(self.model, self.faults, name)
        clock = lambda: moment(self.now_ms)  # noqa: E731
        self.schedulers[name] = Scheduler(
            name, live, lease_seconds=LEASE_MS / 1000, state_ttl=60, clock=clock, sleep=self._sleep
        )
        return name

    @contextmanager
    def _breakable_commits(self) -> Iterator[None]:
        """Commits may fail before or after they took effect, as over a network they do."""
        commit = connection._commit

        def commit_or_not() -> None:
            kind = self.faults.on_commit()
            if kind == "refused":
                raise faulty.failed_commit()
            commit()
            if kind == "unknown":
                raise faulty.failed_commit()

        connection._commit = commit_or_not
        try:
            yield
        finally:
            connection._commit = commit

    # -- what is played -------------------------------------------------------------------------

    def _create_workflows(self) -> None:
        for number in range(self.rng.randint(1, 4)):
            body = graphs.document(self.rng, number)
            sha = canonical.sha256(body)
            DocumentSnapshot.objects.get_or_create(sha256=sha, defaults={"body": body})
            key = uuid.UUID(int=self.rng.getrandbits(128))
            fates = graphs.fates(self.rng, body["steps"])
            Workflow.objects.create(
                id=key,
                template_id=body["templateId"],
                version="1.0.0",
                document_id=sha,
                input={"fates": fates},
                created_at=moment(self.now_ms),
            )
            self.fates[str(key)], self.bodies[str(key)] = fates, body
            self.unstarted.append(str(key))

    def check_claim(self, claim: Claim, pool: str) -> None:
        """A claimed job is its pool's, and has the outcomes that its config reads."""
        step = next(one for one in self.bodies[claim.workflow_id]["steps"] if one["name"] == claim.job_id)
        assert step.get("pool", DEFAULT_POOL) == pool, f"{claim.job_id} was claimed by an executor of {pool}"
        config = claim.payload["config"]
        for text in config.get("output", {}).get("seen", []):
            name = text.split(".")[1]
            assert name in claim.outcomes, (
                f"{claim.job_id} was claimed without the outcome of {name}: {self._story(claim.workflow_id)}"
            )

    def _over(self) -> bool:
        open_workflows = Workflow.objects.exclude(state__in=WORKFLOW_ENDED).exists()
        return not open_workflows and not Command.objects.filter(applied_at=None).exists()

    def _open_work(self) -> list[Any]:
        open_jobs = Job.objects.exclude(status__in=JOB_ENDED)
        jobs = list(open_jobs.values_list("workflow", "job_id", "type", "status", "attempt", "claim", "due_at"))
        workflows = list(Workflow.objects.exclude(state__in=WORKFLOW_ENDED).values_list("pk", "state"))
        return [*workflows, *jobs, *Command.objects.filter(applied_at=None).values_list("kind", "job_id", "payload")]

    # -- whether it came out right --------------------------------------------------------------

    def check(self) -> None:
        assert not QuarantinedEntry.objects.exists(), QuarantinedEntry.objects.values_list("error", flat=True)
        for workflow in Workflow.objects.all():
            if str(workflow.pk) not in self.touched:
                self._check_untouched(workflow)
        self._check_outcomes()
        self._check_commands()
        self.repairs += sum(scheduler.sweep.repairs for scheduler in self.schedulers.values())
        assert self.faults.redis_lost_data or self.repairs == 0, f"{self.repairs} repairs"

    def _check_untouched(self, workflow: Workflow) -> None:
        key = str(workflow.pk)
        state, statuses = graphs.expected(self.bodies[key], {"fates": self.fates[key]})
        jobs = {job.job_id: job for job in workflow.jobs.all()}
        found = {name: job.status for name, job in jobs.items()}
        assert found == statuses, f"{found} and not {statuses}: {self._story(key)}"
        assert workflow.state == state
        for name, job in jobs.items():
            if job.status == "COMPLETED" and job.type != "wait":
                assert (key, name) in self.ran, f"{name} completed though nobody ran it"
            for parent in self._waited_for(self.bodies[key], name):
                assert job.started_at is None or jobs[parent].finished_at <= job.started_at

    def _story(self, key: str) -> str:
        attempts = Attempt.objects.filter(workflow_id=key).order_by("job_id", "number")
        lines = [f"{a.job_id}#{a.number} {a.claim} {a.outcome} {a.error} {a.late_report}" for a in attempts]
        return "\n".join([canonical.dumps(self.bodies[key]), canonical.dumps(self.fates[key]), *lines])

    @staticmethod
    def _waited_for(body: dict[str, Any], name: str) -> list[str]:
        step = next(step for step in body["steps"] if step["name"] == name)
        return [on["step"] for on in step.get("dependsOn", [])]

    def _check_outcomes(self) -> None:
        """One recorded end a job, and no attempt still open."""
        ends = Counter(Event.objects.filter(type__in=JOB_END_EVENTS).values_list("subject", flat=True))
        assert set(ends.values()) <= {1}, [subject for subject, count in ends.items() if count > 1]
        assert sum(ends.values()) == Job.objects.count()
        assert not Attempt.objects.filter(outcome="").exists(), list(Attempt.objects.filter(outcome="").values())

    def _check_commands(self) -> None:
        """What was acknowledged stands."""
        for command in Command.objects.all():
            if command.result["status"] != 200:
                continue
            if command.kind == "cancel":
                assert command.workflow.state == "CANCELLED"
            elif command.payload["status"] == "COMPLETED":
                job = command.workflow.jobs.get(job_id=command.job_id)
                assert (job.status, job.output) == ("COMPLETED", {"outside": True})


def clear_database() -> None:
    """Between seeds: cheaper than a flush of all tables."""
    for model in (Event, QuarantinedEntry, Attempt, Command, Job, Workflow, DocumentSnapshot):
        model.objects.all().delete()
    Shard.objects.all().delete()
    Shard.objects.create(pk=0, expires_at=None)
