"""What ``manage.py doctor`` asks: every app may have a module ``diagnostics`` with checks in a list ``CHECKS``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw. ``remedy`` says how to fix what is wrong; empty: all is well."""

    part: str
    seen: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


def checks() -> Iterator[Check]:
    """All apps' checks, in the order of INSTALLED_APPS: parts come before what stands on them."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "diagnostics"):
            yield from import_module(f"{config.name}.diagnostics").CHECKS
