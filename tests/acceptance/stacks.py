"""The whole stack as real processes, as an operator runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.core.env import BASE_DIR
from examples.payment.stack_process import StackProcess
from tests.support.servers import kept_port

PATIENCE = 300.0
# The demo's own patience: with its start, its run and its end.
DEMO_PATIENCE = 500.0


def environment(directory: Path, database_url: str) -> dict[str, str]:
    """The embedded stack as it is unless told otherwise, on data of the test's own. An empty value counts as unset."""
    return {
        "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
        "VAR_DIR": str(directory / "var"),
        "DATABASE_URL": database_url,
        "MONGODB_URL": "",
        "REDIS_URL": "",
        "LOG_LEVEL": "",
        # An executor without work stays, however long the tests take.
        "POD_IDLE_SECONDS": "3600",
    }


@contextmanager
def running(directory: Path, database_url: str) -> Iterator[StackProcess]:
    """A stack that is ready."""
    with kept_port() as port:
        process = StackProcess(port, directory / "stack.log", environment(directory, database_url))
        try:
            process.wait_until_ready(PATIENCE)
            yield process
        finally:
            process.stop()


def run_demo(directory: Path, database_url: str, port: int, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The demo, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "examples.payment.demo", "--port", str(port), "--once"],
        cwd=BASE_DIR,
        env={**os.environ, **environment(directory, database_url), **settings},
        capture_output=True,
        text=True,
        timeout=DEMO_PATIENCE,
        check=False,
    )
