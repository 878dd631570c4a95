"""Who uses templates. Those who do stand above this app and make themselves known to it when the process starts."""

from collections.abc import Callable

UsageCheck = Callable[[str], bool]

_checks: list[UsageCheck] = []


def register(use: UsageCheck) -> None:
    """``use`` says of a templateId whether something runs on it now. The same one again changes nothing."""
    if use not in _checks:
        _checks.append(use)


def in_use(template_id: str) -> bool:
    return any(use(template_id) for use in _checks)
