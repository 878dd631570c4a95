"""The whole stack as real processes, as an operator runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.payment.stack_process import StackProcess
from tests.parts import free_port

PATIENCE = 90.0


def environment(directory: Path, database_url: str) -> dict[str, str]:
    """The defaults of the embedded stack, on data of the test's own. An empty value counts as unset."""
    return {
        "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
        "VAR_DIR": str(directory / "var"),
        "DATABASE_URL": database_url,
        "MONGODB_URL": "",
        "REDIS_URL": "",
        "LOG_LEVEL": "",
    }


@contextmanager
def running(directory: Path, database_url: str) -> Iterator[StackProcess]:
    """A stack that is ready."""
    process = StackProcess(free_port(), directory / "stack.log", environment(directory, database_url))
    try:
        process.wait_until_ready(PATIENCE)
        yield process
    finally:
        process.stop()
