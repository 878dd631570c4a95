"""Usage of templates by apps above this one, which register their checks when the process starts."""

from collections.abc import Callable

UsageCheck = Callable[[str], bool]

_checks: list[UsageCheck] = []


def register(use: UsageCheck) -> None:
    """Add a check of whether something runs on a templateId now. The same one again changes nothing."""
    if use not in _checks:
        _checks.append(use)


def in_use(template_id: str) -> bool:
    return any(use(template_id) for use in _checks)
