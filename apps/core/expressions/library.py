"""The CEL library, loaded without its command line.

Importing ``cel`` also imports its command line, and with it typer, rich and prompt_toolkit: 25 MiB and a fifth of a
second in every process. A stand-in takes that module's place while the package loads.
"""

import importlib
import sys
from types import ModuleType

_CLI = "cel.cli"


def _load() -> ModuleType:
    if _CLI in sys.modules:
        return importlib.import_module("cel")
    sys.modules[_CLI] = ModuleType(_CLI)
    try:
        return importlib.import_module("cel")
    finally:
        del sys.modules[_CLI]


_cel = _load()
Program = _cel.Program
compile = _cel.compile
