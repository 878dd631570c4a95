"""Probes of ``manage.py doctor``: every app may have a module ``probes`` with a list ``PROBES``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of one probe. ``remedy`` says how to fix what is wrong; empty: all is well."""

    part: str
    seen: str
    remedy: str = ""


Probe = Callable[[], Iterator[Finding]]


def probes() -> Iterator[Probe]:
    """Return all apps' probes, in the order of INSTALLED_APPS: parts come before what depends on them."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "probes"):
            yield from import_module(f"{config.name}.probes").PROBES
