"""Base Shift's side: its own processes, templates, and workflows run to their end."""

import time
from collections.abc import Sequence
from uuid import UUID

import redis

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.stack import command_lines, readiness
from apps.templates.services.imports import import_version
from apps.workflows.engine.states import WORKFLOW_ENDED, WorkflowState
from apps.workflows.live import keys
from apps.workflows.models import Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start, start_batch
from tests.bench import shapes
from tests.bench.ground import Ground
from tests.bench.processes import Processes
from tests.support.servers import held_port

HOST = "127.0.0.1"
POLL_SECONDS = 0.001
PATIENCE_SECONDS = 300.0
SETTLE_SECONDS = 0.05
SCHEDULER, SCHEDULER_COMMAND = "scheduler", "run_scheduler"
EXECUTOR = "executor-1"
ENDED = {state.value for state in WORKFLOW_ENDED}


class Product:
    """The scheduler, one executor of eight slots and the web server, as ``run_stack`` starts them."""

    def __init__(self, ground: Ground, processes: Processes) -> None:
        self.processes = processes
        self.redis: redis.Redis = ground.redis.client()
        self.port = held_port(self)
        self.user = User.objects.create_user("bench")
        self._published: set[str] = set()
        # How often it was asked whether a workflow has ended: not the product's own traffic.
        self.looks = 0

    def start(self) -> None:
        """Returns once the web server says that all parts are there, and a job was run."""
        self.processes.start(command_lines.web(HOST, self.port))
        self.start_engine()
        ready = readiness.wait_until_ready(HOST, self.port, "localhost", self._go_on)
        assert ready
        self.publish("ready", shapes.chain(1))
        self.run("ready")

    def start_engine(self) -> int:
        """Answers the executor's process id."""
        for loop in command_lines.services({SCHEDULER_COMMAND}):
            self.processes.start(loop)
        return self.processes.start(command_lines.executor(EXECUTOR, {}, "WARNING"))

    def stop_engine(self) -> None:
        self.processes.stop(EXECUTOR)
        self.processes.stop(SCHEDULER)

    def settle(self) -> None:
        """Wait until no workflow runs any more, as they are in SQL."""
        while Workflow.objects.exclude(state__in=WORKFLOW_ENDED).exists():
            self.processes.check()
            time.sleep(SETTLE_SECONDS)

    def publish(self, template_id: str, steps: list[shapes.Step]) -> None:
        """A template that ``self.user`` may view and start; a name that was published stays as it is."""
        if template_id not in self._published:
            import_version(SYSTEM, document=shapes.document(template_id, steps), owner=self.user)
            self._published.add(template_id)

    def run(self, template_id: str) -> None:
        """One workflow, from its start to COMPLETED."""
        self.wait([start(self.user, StartRequest(template_id=template_id)).workflow.pk])

    def run_batch(self, template_id: str, count: int, user: User | None = None) -> None:
        started = start_batch(user or self.user, requests=[StartRequest(template_id)] * count)
        self.wait([one.workflow.pk for one in started])

    def wait(self, workflow_ids: Sequence[UUID]) -> None:
        """Until the contract's keys say COMPLETED of each; one GET a millisecond leaves the machine to the others."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        for workflow_id in workflow_ids:
            key = keys.workflow_state(str(workflow_id))
            while (state := self._state(key)) not in ENDED:
                time.sleep(POLL_SECONDS)
                if time.monotonic() > deadline:
                    self.processes.check()
                    raise TimeoutError(f"Workflow {workflow_id} is {state} after {PATIENCE_SECONDS:g} s")
            if state != WorkflowState.COMPLETED:
                raise RuntimeError(f"Workflow {workflow_id} is {state}")

    def _state(self, key: str) -> str:
        self.looks += 1
        value = self.redis.get(key)
        return value.decode() if isinstance(value, bytes) else ""

    def _go_on(self) -> bool:
        self.processes.check()
        return True
