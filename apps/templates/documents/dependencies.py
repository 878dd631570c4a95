"""Dependencies between the steps of a document."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from apps.core.schema.json_schema import Problem

# Of a longer cycle only so many names are reported.
_MAX_NAMES = 10

Parents = dict[str, tuple[str, ...]]


def written_dependencies(step: Mapping[str, Any]) -> list[str] | None:
    """Return the names in ``dependsOn``, None if the key is absent: then the step follows the one before it."""
    written = step.get("dependsOn")
    if written is None:
        return None
    return [item if isinstance(item, str) else item["step"] for item in written]


def parents(steps: Sequence[Mapping[str, Any]]) -> Parents:
    """Return each step's parents; names that lead nowhere, or to the step itself, are left out."""
    names = {step["name"] for step in steps if "name" in step}
    found: Parents = {}
    previous: tuple[str, ...] = ()
    for step in steps:
        name = step.get("name")
        if name is None:
            continue
        written = written_dependencies(step)
        wanted = previous if written is None else written
        found[name] = tuple(parent for parent in wanted if parent in names and parent != name)
        previous = (name,)
    return found


def problems(steps: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield names that do not exist, stand twice or are the step's own; else a cycle, if there is one."""
    names = {step["name"] for step in steps if "name" in step}
    for index, step in enumerate(steps):
        yield from _name_problems(index, step, names)
    # If a name is missing or stands twice, what looks like a cycle need not be one.
    cycle = _cycle(parents(steps)) if len(names) == len(steps) else []
    if cycle:
        yield _cycle_problem(steps, cycle)


def _name_problems(index: int, step: Mapping[str, Any], names: set[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, parent in enumerate(written_dependencies(step) or ()):
        pointer = f"/steps/{index}/dependsOn/{position}"
        if parent == step.get("name"):
            yield Problem(pointer, "a step cannot depend on itself")
        elif parent not in names:
            yield Problem(pointer, f"there is no step {parent[:100]!r}")
        elif parent in seen:
            yield Problem(pointer, f"{parent!r} is named twice")
        seen.add(parent)


def _cycle(graph: Parents) -> list[str]:
    """Return the names along one cycle, each before the next; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1][1:])
    return []


def _cycle_problem(steps: Sequence[Mapping[str, Any]], cycle: list[str]) -> Problem:
    members = set(cycle)
    # Only what is written can close a cycle: the first such step is where to look.
    index, step = next((i, s) for i, s in enumerate(steps) if s.get("name") in members and "dependsOn" in s)
    start = cycle.index(step["name"])
    around = [*cycle[start:], *cycle[:start], step["name"]]
    if len(around) > _MAX_NAMES + 1:
        around = [*around[:_MAX_NAMES], "…", step["name"]]
    return Problem(f"/steps/{index}/dependsOn", f"the steps wait for each other: {' → '.join(around)}")


class Ancestors:
    """Relation between steps: whether one always has ended before another may start.

    Each step keeps its ancestors as the bits of one integer, so that a graph of 10,000 steps costs some 12 MB and one
    OR an edge. CycleError if the graph has a cycle.
    """

    def __init__(self, graph: Parents) -> None:
        order = list(TopologicalSorter(graph).static_order())
        self._position = {name: position for position, name in enumerate(order)}
        self._before: dict[str, int] = {}
        for name in order:
            bits = 0
            for parent in graph[name]:
                bits |= self._before[parent] | 1 << self._position[parent]
            self._before[name] = bits

    def is_before(self, ancestor: str, step: str) -> bool:
        return bool(self._before[step] >> self._position[ancestor] & 1)
