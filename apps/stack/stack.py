"""The stack: starts its parts in order, keeps them running, ends them in the reverse order."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apps.core.pools import DEFAULT_POOL
from apps.core.times import rfc3339
from apps.stack import command_lines, readiness
from apps.stack.child import Child
from apps.stack.embedded_redis import EmbeddedRedis
from apps.stack.node import Node
from apps.stack.process_spec import FIRST_REVISION, ProcessDirectory, ProcessSpec
from apps.stack.supervisor import Supervisor

# Where in the stack's directory the processes of pods are ordered.
PODS_DIRECTORY = "pods"
# Executors hand back what is not over after 25 s.
STOP_SECONDS = 29.0


class StackFailed(Exception):
    """A stack that cannot start; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a stack."""

    # Where the web server listens.
    host: str
    port: int
    # A host name that the web server answers to.
    site: str
    # Whether executors are processes of the stack.
    runs_executors: bool
    # Of the executors; the others read it from the environment.
    log_level: str
    # Empty: the stack runs a server of its own.
    redis_url: str
    # The aliases of the databases to migrate first.
    databases: tuple[str, ...]
    # The management commands that this version has.
    commands: frozenset[str]
    # Whether topics must be set up, where the bus does not create them by itself.
    makes_topics: bool


def first_spec() -> ProcessSpec:
    """Return an executor as the default pool has it: the reconciler finds it there when it has started, too."""
    name = f"job-executor-{secrets.token_hex(4)}"
    return ProcessSpec(
        name, pool=DEFAULT_POOL, revision=FIRST_REVISION, created_at=rfc3339(datetime.now(UTC)), environment={}
    )


class Stack:
    """One run. ``write`` shows a line; ``stopping`` is set from outside to end it."""

    def __init__(self, plan: Plan, directory: Path, write: Callable[[str], object], stopping: threading.Event) -> None:
        self.plan = plan
        self.directory = directory
        self.stopping = stopping
        self.supervisor = Supervisor(write)
        self._own_redis: list[Child] = []

    def run(self) -> None:
        """Run until stopped. Raises :class:`StackFailed`; nothing of the stack is left in any case."""
        embedded = None if self.plan.redis_url else EmbeddedRedis(self.directory)
        try:
            if embedded:
                self._start_redis(embedded)
            self._serve(embedded.url if embedded else self.plan.redis_url)
        finally:
            self.supervisor.stop(STOP_SECONDS, last=self._own_redis)
            if embedded:
                embedded.close()

    def _start_redis(self, embedded: EmbeddedRedis) -> None:
        child = embedded.child()
        self._own_redis.append(child)
        self.supervisor.add(child)
        while not embedded.answers() and not self.stopping.is_set():
            if child.status is not None:
                raise StackFailed(f"redis-server ended with status {child.status}; its own words stand above")
            self.supervisor.tick()
        embedded.announce()

    def _serve(self, redis_url: str) -> None:
        environment = {"REDIS_URL": redis_url}
        for database in self.plan.databases:
            migrate = Child(
                "migrate", command_lines.manage("migrate", "--no-input", "--database", database), environment
            )
            if self.supervisor.run(migrate, self.stopping.is_set):
                raise StackFailed(
                    "the database could not be migrated; see the reason above ('manage.py doctor' may help)"
                )
        if self.plan.makes_topics:
            self._make_topics(environment)
        if self.stopping.is_set():
            return
        for child in self._parts():
            child.environment.update(environment)
            self.supervisor.add(child)
        threading.Thread(target=self._report_when_ready, name="readiness", daemon=True).start()
        node = self._node(environment)
        while not self.stopping.is_set():
            self.supervisor.tick()
            node.tick(time.monotonic())
        self.supervisor.say("stopping")

    def _make_topics(self, environment: dict[str, str]) -> None:
        """Set up the topics. An unavailable bus is no reason to stop: workflows go on, their events wait."""
        child = Child("topics", command_lines.manage("setup_topics"), environment)
        if self.supervisor.run(child, self.stopping.is_set):
            self.supervisor.say("the topics could not be made: run 'manage.py setup_topics' when the bus is there")

    def _parts(self) -> Iterable[Child]:
        yield command_lines.web(self.plan.host, self.plan.port)
        yield from command_lines.services(self.plan.commands)

    def _node(self, environment: Mapping[str, str]) -> Node:
        """Return the node that runs the executors which reconcile_pods specifies."""

        def build(name: str, own: Mapping[str, str]) -> Child:
            return command_lines.executor(name, {**environment, **own}, self.plan.log_level)

        processes = ProcessDirectory(self.directory / PODS_DIRECTORY)
        node = Node(processes, self.supervisor, build)
        if self.plan.runs_executors:
            processes.place(first_spec())
        return node

    def _report_when_ready(self) -> None:
        plan = self.plan
        if readiness.wait_until_ready(plan.host, plan.port, plan.site, lambda: not self.stopping.is_set()):
            self.supervisor.say(f"ready at {readiness.url_of(plan.host, plan.port)}")
