"""Types that a step may have, each with the rules for its ``config``.

Pure: executors read it too, and they run without Django.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from apps.core.schema.json_schema import Problem

# Names the contract keeps for types that are not built yet: no plugin may take them.
RESERVED_NAMES = frozenset({"approval", "external", "workflow", "emit_event", "wait_for_event", "container", "python"})


ConfigCheck = Callable[[Mapping[str, Any]], list[Problem]]


@dataclass(frozen=True)
class StepType:
    """One kind of step."""

    name: str
    # JSON Schema. A string with a placeholder passes it anywhere: its value is only known when the job runs.
    config_schema: Mapping[str, Any]
    # Whether a job of it may run twice without harm.
    repeatable: bool = False
    runs_in: Literal["executor", "scheduler"] = "executor"
    # Whether its config may name secrets.
    secrets: bool = True
    # False for types that use only what their config names: a large input is not sent along for nothing.
    reads_input: bool = True
    # Config keys whose strings are CEL over ``input, steps, workflow``, compiled when the template is checked.
    expressions: tuple[str, ...] = ()
    # Adds what a schema cannot say, with pointers into ``config``. It is asked of configs that pass the schema, without
    # the keys under which a placeholder stands for something else than text, and again when all is filled in.
    check: ConfigCheck | None = None
    # Asked of the config as it was written only: there a secret must be a placeholder.
    check_written: ConfigCheck | None = None


class Registry:
    """Step types by name. Filled while the process starts, only read afterwards."""

    def __init__(self, *types: StepType) -> None:
        self._types: dict[str, StepType] = {}
        for step_type in types:
            self.register(step_type)

    def register(self, step_type: StepType) -> None:
        """Add a type; the same one again changes nothing. ValueError for a name that is taken or reserved."""
        if step_type.name in RESERVED_NAMES:
            raise ValueError(f"the step type name {step_type.name!r} is reserved")
        if self._types.setdefault(step_type.name, step_type) is not step_type:
            raise ValueError(f"there is a step type {step_type.name!r} already")

    def get(self, name: str) -> StepType | None:
        return self._types.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._types))


registry = Registry()
