"""Job types that no executor should have, offered to the processes of a cluster as an installed plugin."""

import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.templates.step_types import StepType
from apps.workflows.executor.job_types.base import JobContext, JobResult

NO_CONFIG = {"type": "object", "additionalProperties": False}


class Crash:
    """Kills the process that runs it."""

    spec = StepType(name="crash", config_schema=NO_CONFIG)

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        os.kill(os.getpid(), signal.SIGKILL)
        return JobResult(None)


class Hang:
    """Hears neither of its deadline nor of a cancel."""

    spec = StepType(name="hang", config_schema=NO_CONFIG)

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        threading.Event().wait()
        return JobResult(None)


def install(directory: Path) -> None:
    """Make ``directory``, on ``PYTHONPATH``, what pip leaves of an installed plugin."""
    info = directory / "baseshift_bad_job_types-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: baseshift-bad-job-types\nVersion: 1.0\n")
    entries = [f"{name.lower()} = {__name__}:{name}" for name in (Crash.__name__, Hang.__name__)]
    (info / "entry_points.txt").write_text("\n".join(["[baseshift.job_types]", *entries, ""]))
