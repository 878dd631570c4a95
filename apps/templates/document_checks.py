"""What a document needs that other apps have, such as pools. They stand above this app and make their checks known to it
when the process starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.access.policy import Actor
from apps.core.schema.json_schema import Problem


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``problems`` refuse the document to this author; ``warnings`` are told with it."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


Check = Callable[[Actor, Mapping[str, Any]], CheckResult]

_checks: list[Check] = []


def register(check: Check) -> None:
    """``check`` is asked of documents that are valid by themselves. The same one again changes nothing."""
    if check not in _checks:
        _checks.append(check)


def findings(actor: Actor, document: Mapping[str, Any]) -> CheckResult:
    """Those of all checks together."""
    found = [check(actor, document) for check in _checks]
    return CheckResult(
        tuple(problem for one in found for problem in one.problems),
        tuple(warning for one in found for warning in one.warnings),
    )
