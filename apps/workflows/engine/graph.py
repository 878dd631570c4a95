"""A template's document made ready to run: steps by number, edges both ways, policies parsed.

Compiled once a document (documents are immutable) and shared by all its workflows. The document is
taken as valid: ``apps.templates.documents.validation.validate`` has looked at it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.core import durations
from apps.core.expressions import cel, placeholders
from apps.core.expressions.cel import Expression
from apps.core.pools import DEFAULT_POOL
from apps.templates.documents.step_types import Registry, StepType
from apps.workflows.engine.retry import RetryPolicy

DEFAULT_TIMEOUT = 300.0


class On(StrEnum):
    """The end of a parent that an edge waits for."""

    SUCCESS = "success"
    FAILURE = "failure"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge to a neighbour, which is a parent's or a child's number."""

    step: int
    on: On


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a template, compiled."""

    # Its number: the place in the template, from 0.
    index: int
    name: str
    # The name of its step type.
    type: str
    # As written, placeholders included.
    config: Mapping[str, Any]
    parents: tuple[Edge, ...]
    # The condition; None if it always runs.
    when: Expression | None
    # The steps whose outcomes ``when`` reads.
    condition_reads: tuple[int, ...]
    retry: RetryPolicy
    # Seconds that one attempt may run.
    timeout: float
    # Overrides the workflow's; None leaves it.
    priority: float | None
    # The executors that run it.
    pool: str
    # Whether running it twice does no harm (contract §1).
    repeatable: bool
    # A timer: the scheduler keeps it, and no executor runs it.
    on_scheduler: bool
    # The steps whose outcomes the config reads.
    reads: tuple[int, ...]
    # Whether the config reads the input or the workflow's facts.
    reads_base: bool


@dataclass(slots=True)
class Graph:
    """A template's steps and edges."""

    # The template document, as it was started.
    document: Mapping[str, Any]
    steps: tuple[Step, ...]
    # The number of a step, by its name.
    index: dict[str, int]
    # The edges behind each step.
    children: tuple[tuple[Edge, ...], ...]
    # The steps whose outcomes the engine itself reads: in ``when``, ``output`` and timers.
    retained: frozenset[int]
    # The steps whose outcomes executors read.
    read_by_others: frozenset[int]
    # The steps whose failure some other step waits for.
    handled: frozenset[int]
    # Behind each step the one that an executor may continue with; None if there is none.
    following: tuple[int | None, ...]
    fail_fast: bool
    # Seconds that a workflow may take; None for any time.
    timeout: float | None
    # The pools that the steps name.
    pools: tuple[str, ...]
    # The payload of each step for executors, filled by the effects; the same for all workflows.
    payloads: dict[int, str] = field(default_factory=dict)

    @property
    def job_ids(self) -> list[str]:
        return [step.name for step in self.steps]


def compile(document: Mapping[str, Any], types: Registry) -> Graph:
    """Compile a valid document. Linear in its steps and edges."""
    return _Compiler(document, types).graph()


class _Compiler:
    def __init__(self, document: Mapping[str, Any], types: Registry) -> None:
        self.document = document
        self.types = types
        self.written: list[Mapping[str, Any]] = list(document["steps"])
        self.index = {step["name"]: number for number, step in enumerate(self.written)}
        self.parents = [self._parents(number, step) for number, step in enumerate(self.written)]

    def graph(self) -> Graph:
        steps = tuple(self._step(number, step) for number, step in enumerate(self.written))
        children = self._children()
        timeout = self.document.get("timeout")
        return Graph(
            document=self.document,
            steps=steps,
            index=self.index,
            children=children,
            retained=self._retained(steps),
            read_by_others=frozenset(parent for step in steps if not step.on_scheduler for parent in step.reads),
            handled=frozenset(edge.step for step in steps for edge in step.parents if edge.on is not On.SUCCESS),
            following=tuple(_following(step, steps, children) for step in steps),
            fail_fast=bool(self.document.get("failFast", False)),
            timeout=None if timeout is None else durations.parse(timeout),
            pools=tuple(sorted({step.pool for step in steps})),
        )

    def _parents(self, number: int, step: Mapping[str, Any]) -> tuple[Edge, ...]:
        if "dependsOn" not in step:
            return (Edge(number - 1, On.SUCCESS),) if number else ()
        return tuple(
            Edge(self.index[on], On.SUCCESS)
            if isinstance(on, str)
            else Edge(self.index[on["step"]], On(on.get("on", "success")))
            for on in step["dependsOn"]
        )

    def _children(self) -> tuple[tuple[Edge, ...], ...]:
        children: list[list[Edge]] = [[] for _ in self.written]
        for number, edges in enumerate(self.parents):
            for edge in edges:
                children[edge.step].append(Edge(number, edge.on))
        return tuple(map(tuple, children))

    def _step(self, number: int, step: Mapping[str, Any]) -> Step:
        # A plugin that is not installed here: executors may have it, and one workflow must not stop the others.
        step_type = self.types.get(step["type"]) or StepType(step["type"], {})
        when = cel.compile(step["when"]) if "when" in step else None
        config = step.get("config", {})
        reads, reads_base = self._reads(step_type, config)
        return Step(
            index=number,
            name=step["name"],
            type=step_type.name,
            config=config,
            parents=self.parents[number],
            when=when,
            condition_reads=() if when is None else tuple(sorted(self._named(when))),
            retry=RetryPolicy.read(step.get("retry")),
            timeout=durations.parse(step["timeout"]) if "timeout" in step else DEFAULT_TIMEOUT,
            priority=float(step["priority"]) if "priority" in step else None,
            pool=step.get("pool", DEFAULT_POOL),
            repeatable=step_type.repeatable,
            on_scheduler=step_type.runs_in == "scheduler",
            reads=tuple(sorted(reads)),
            reads_base=reads_base,
        )

    def _reads(self, step_type: StepType, config: Mapping[str, Any]) -> tuple[set[int], bool]:
        """Return the steps whose outcomes a config reads, and whether it reads the input or the workflow's facts."""
        reads: set[int] = set()
        base = step_type.reads_input
        for reference in placeholders.references({k: v for k, v in config.items() if k not in step_type.expressions}):
            if reference.is_secret:
                continue
            if reference.path[0] == "steps":
                reads.add(self.index[reference.path[1]])
            else:
                base = True
        for key in step_type.expressions:
            if isinstance(config.get(key), str):
                base = True
                expression = cel.compile(config[key], comprehensions=True)
                reads |= self._named(expression)
        return reads, base

    def _named(self, expression: Expression) -> set[int]:
        # Validation refuses expressions that do not say which steps they read.
        return {self.index[name] for name in expression.steps or ()}

    def _retained(self, steps: Iterable[Step]) -> frozenset[int]:
        retained: set[int] = set()
        for step in steps:
            retained.update(step.condition_reads)
            if step.on_scheduler:
                retained.update(step.reads)
        if "output" not in self.document:
            return frozenset(retained | {len(self.written) - 1})
        for reference in placeholders.references(self.document["output"]):
            if reference.path[0] == "steps":
                retained.add(self.index[reference.path[1]])
        return frozenset(retained)


def _following(step: Step, steps: tuple[Step, ...], children: tuple[tuple[Edge, ...], ...]) -> int | None:
    """Return the one step that an executor may continue with: of the same pool, with no condition and no other parent."""
    if not step.repeatable or step.on_scheduler or len(children[step.index]) != 1:
        return None
    edge = children[step.index][0]
    child = steps[edge.step]
    plain = edge.on is not On.FAILURE and len(child.parents) == 1 and child.when is None and not child.on_scheduler
    return child.index if plain and child.pool == step.pool else None
