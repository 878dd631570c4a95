"""Usage of templates by apps above this one, which register their checks when the process starts."""

from collections.abc import Callable

UsageCheck = Callable[[str], bool]

_checks: list[UsageCheck] = []


def register(check: UsageCheck) -> None:
    """Add a check of whether something runs on a templateId now. The same one again changes nothing."""
    if check not in _checks:
        _checks.append(check)


def in_use(template_id: str) -> bool:
    return any(check(template_id) for check in _checks)
