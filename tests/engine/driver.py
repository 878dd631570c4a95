"""Plays a workflow on the pure engine, entry by entry, at times that the test chooses.

Every entry is a batch of its own: what one leaves behind is gathered as the checkpoint would store it, so that a test
sees what people would see.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.templates.documents.step_types import Registry
from apps.templates.documents.validation import validate
from apps.workflows.engine import apply as engine
from apps.workflows.engine.commands import apply_command
from apps.workflows.engine.entries import Command, CommandResult, Entry, Kind
from apps.workflows.engine.graph import Graph, compile
from apps.workflows.engine.run import AttemptChange, Change, Fact, JobOutcome, JobRun, WorkflowRun, new_job_runs
from apps.workflows.executor.job_types.registry import STEP_TYPES

TYPES = Registry(*STEP_TYPES)
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
WORKFLOW = "00000000-0000-7000-8000-000000000001"

Timer = tuple[datetime, str, int]


def step(name: str, type: str = "noop", **keys: Any) -> dict[str, Any]:
    """A step; ``on`` is short for the other forms of ``dependsOn``: ``on={"a": "failure"}``."""
    config = keys.pop("config", {})
    if "on" in keys:
        keys["dependsOn"] = [{"step": parent, "on": wanted} for parent, wanted in keys.pop("on").items()]
    return {"name": name, "type": type, "config": config, **keys}


def wait(name: str, duration: str = "30s", **keys: Any) -> dict[str, Any]:
    return step(name, "wait", config={"duration": duration}, **keys)


def document(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A template that passes the checks of publishing."""
    written = written_out(*steps, **keys)
    assert validate(written, TYPES) == []
    return written


def written_out(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A template that nobody has checked."""
    frame = {"templateId": "t", "version": "1.0.0", "inputSchema": {}, "outputSchema": {}}
    return {**frame, "steps": list(steps), **keys}


class Run:
    """One workflow. ``entries`` is its journal; ``events``, ``attempts``, ``outputs`` and ``late`` are what is stored.

    ``let_go`` and ``published`` are what the newest entry wants of Redis: whose holder to send away, whose outcome to
    hand to others.
    """

    def __init__(self, graph: Graph, input: Any = None, *, created_at: datetime = NOON) -> None:
        self.now = created_at
        self.workflow = WorkflowRun(
            WORKFLOW, graph, "t", "1.0.0", {"team": "pay"}, input, 0, created_at, new_job_runs(graph), created_at
        )
        self.entries: list[Entry | Command] = []
        self.times: list[datetime] = []
        self.events: list[Fact] = []
        self.attempts: dict[tuple[str, int], AttemptChange] = {}
        self.outputs: dict[str, JobOutcome] = {}
        self.late: dict[tuple[str, int], Any] = {}
        self.timers: list[Timer] = []
        self.let_go: set[str] = set()
        self.published: set[str] = set()

    # -- what happens to it ---------------------------------------------------------------------

    def start(self) -> "Run":
        self.enter(Kind.START)
        return self

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, or back."""
        self.now += timedelta(seconds=seconds)

    def claim(self, name: str, claim: str = "") -> None:
        """An executor takes the job."""
        job = self.job(name)
        claim = claim or f"{name}#{job.attempt}"
        self.enter(Kind.CLAIMED, job=name, attempt=job.attempt, claim=claim, executor="executor-1")

    def succeed(self, name: str, output: Any = None, response: Any = None, *, following: str = "") -> None:
        """Its executor reports success; ``following``: it goes on with that job by itself."""
        data = {"output": {} if output is None else output, "response": response}
        more = {"following": following, "following_claim": f"{following}#1"} if following else {}
        self.report(Kind.SUCCEEDED, name, data=data, executor="executor-1", **more)

    def fail(self, name: str, code: str = "error", *, retry_after: float | None = None) -> None:
        data = {"error": {"code": code, "message": f"{name} failed"}, "retryAfter": retry_after}
        self.report(Kind.FAILED, name, data=data)

    def lose(self, name: str) -> None:
        """Its executor has died."""
        self.report(Kind.LOST, name)

    def report(self, kind: Kind, name: str, **values: Any) -> None:
        """An entry of the job's present attempt and claim, unless ``values`` name others."""
        job = self.job(name)
        self.enter(kind, **{"job": name, "attempt": job.attempt, "claim": job.claim, **values})

    def complete(self, *names: str, output: Any = None) -> None:
        """Each of them is taken and succeeds."""
        for name in names:
            self.claim(name)
            self.succeed(name, output)

    def break_down(self, *names: str, code: str = "error") -> None:
        """Each of them is taken and fails."""
        for name in names:
            self.claim(name)
            self.fail(name, code)

    def ring(self, name: str = "") -> None:
        """The newest timer of the job goes off, in its time; without a name the workflow's own."""
        timer = self.timer(name)
        self.now = max(self.now, timer[0])
        self.enter_timer(timer)

    def timer(self, name: str = "") -> Timer:
        return [timer for timer in self.timers if timer[1] == name][-1]

    def enter_timer(self, timer: Timer) -> None:
        due, name, attempt = timer
        self.enter(Kind.TIMER, job=name, attempt=attempt, data=engine.due_mark(due))

    def put(self, name: str, status: str, **body: Any) -> int:
        """An outside worker's report (contract §4, the job PUT). Answers the HTTP status."""
        attempt = body["attempt"] if "attempt" in body else self.job(name).attempt
        payload = {"status": status, "attempt": attempt}
        if status == "COMPLETED":
            payload["output"] = body.get("output")
        if status == "FAILED":
            payload["error"] = body.get("error", {"code": "error", "message": "as told from outside"})
        return self.command(Command(f"command-{len(self.entries)}", "report", name, payload)).status

    def cancel(self) -> int:
        return self.command(Command(f"command-{len(self.entries)}", "cancel")).status

    # -- what has become of it ------------------------------------------------------------------

    def job(self, name: str) -> JobRun:
        return self.workflow.jobs[self.workflow.graph.index[name]]

    def status(self, name: str) -> str:
        """The job's status, and for a skipped one why: ``SKIPPED upstream``."""
        job = self.job(name)
        return f"{job.status} {job.reason}".rstrip()

    def code(self, name: str) -> str:
        """The code of the job's error."""
        error = self.job(name).error
        assert error is not None
        return str(error["code"])

    @property
    def statuses(self) -> dict[str, str]:
        return {name: self.status(name) for name in self.workflow.graph.index}

    @property
    def state(self) -> str:
        return str(self.workflow.state)

    def delay(self, name: str) -> float:
        """Seconds until the job's timer goes off."""
        due = self.job(name).due_at
        assert due is not None
        return (due - self.now).total_seconds()

    def told(self, name: str = "") -> list[str]:
        """What the outbox holds of a job, or of the workflow itself."""
        return [event.kind for event in self.events if self._name(event.job) == name]

    # -- inside ---------------------------------------------------------------------------------

    def enter(self, kind: Kind, **values: Any) -> None:
        self.play(Entry(kind, WORKFLOW, f"{len(self.entries):08}", self.now, **values))

    def command(self, command: Command) -> CommandResult:
        answer = self.play(command)
        assert answer is not None
        return answer

    def play(self, what: Entry | Command) -> CommandResult | None:
        """Apply one entry or command, and gather what it changed."""
        self.entries.append(what)
        self.times.append(self.now)
        change = Change(self.workflow)
        answer = None
        if isinstance(what, Command):
            entry = Entry(Kind.COMMAND, WORKFLOW, "", self.now)
            # What commands.load reads beside the command: the output on record.
            recorded = self.outputs.get(what.job, JobOutcome()).output
            answer = apply_command(
                change, entry, Command(what.id, what.kind, what.job, {**what.payload, "recorded": recorded})
            )
        else:
            engine.apply(change, what)
        self._gather(change)
        return answer

    def _name(self, index: int | None) -> str:
        return "" if index is None else self.workflow.graph.steps[index].name

    def _gather(self, change: Change) -> None:
        self.events += change.facts
        self.let_go = {self._name(index) for index in change.settle}
        self.published = {self._name(index) for index in change.publish}
        self.timers += [(due, self._name(index), attempt) for due, index, attempt in change.timers]
        self.late |= {(self._name(index), attempt): report for (index, attempt), report in change.late.items()}
        self.outputs |= {self._name(index): outcome for index, outcome in change.outcomes.items()}
        for (index, number), record in change.attempts.items():
            known = self.attempts.get((self._name(index), number), AttemptChange())
            record.executor = record.executor or known.executor
            record.started_at = record.started_at or known.started_at
            self.attempts[self._name(index), number] = record


def created(*steps: dict[str, Any], input: Any = None, **keys: Any) -> Run:
    """A workflow of these steps that has not begun."""
    return Run(compile(document(*steps, **keys), TYPES), input)


def started(*steps: dict[str, Any], input: Any = None, **keys: Any) -> Run:
    """A workflow of these steps that has just begun."""
    return created(*steps, input=input, **keys).start()


def is_over(statuses: Iterable[str]) -> bool:
    """Whether these are statuses that never change again."""
    over = ("COMPLETED", "FAILED", "SKIPPED", "CANCELLED")
    return all(status.split(" ")[0] in over for status in statuses)
