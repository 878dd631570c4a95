"""Rules that a ``validation`` step can name. A function becomes one by the decorator ``rule``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.expressions.placeholders import MissingPath, lookup


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken rule: the dotted ``path`` of what breaks it, and a message that does not say its value."""

    path: str
    message: str


Check = Callable[[Any, str, datetime], Broken | None]


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """``check(data, path, now)`` looks at what stands at the dotted ``path`` in ``data``."""

    name: str
    default_path: str
    check: Check


RULES: dict[str, ValidationRule] = {}


def rule(name: str, *, default_path: str) -> Callable[[Check], Check]:
    """Register the decorated function under ``name``; ValueError if that is taken."""

    def register(check: Check) -> Check:
        if name in RULES:
            raise ValueError(f"there is a rule {name!r} already")
        RULES[name] = ValidationRule(name, default_path, check)
        return check

    return register


def at_path(data: Any, path: str) -> Any:
    """Return the value at the dotted ``path`` (``""`` is ``data`` itself); None if there is none."""
    try:
        return lookup(data, tuple(path.split(".")) if path else ())
    except MissingPath:
        return None


def field(data: Any, path: str, name: str) -> tuple[str, Any]:
    """Return the path and the value of one field: ``path`` leads to the object that has it, or to the field itself."""
    value = at_path(data, path)
    if value is None or isinstance(value, Mapping):
        inside = path if path.rpartition(".")[2] == name else f"{path}.{name}"
        return inside, at_path(data, inside)
    return path, value
