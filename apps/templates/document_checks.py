"""Checks of documents against what other apps have, such as pools.

Those apps stand above this one and register their checks when the process starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.access.policy import Actor
from apps.core.schema.json_schema import Problem


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of checks. ``problems`` refuse the document to this author; ``warnings`` go along with it."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


DocumentCheck = Callable[[Actor, Mapping[str, Any]], CheckResult]

_checks: list[DocumentCheck] = []


def register(check: DocumentCheck) -> None:
    """Add a check of documents that are valid by themselves. The same one again changes nothing."""
    if check not in _checks:
        _checks.append(check)


def run_checks(actor: Actor, document: Mapping[str, Any]) -> CheckResult:
    """Return the results of all checks together."""
    found = [check(actor, document) for check in _checks]
    return CheckResult(
        tuple(problem for one in found for problem in one.problems),
        tuple(warning for one in found for warning in one.warnings),
    )
