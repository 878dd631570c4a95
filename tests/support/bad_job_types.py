"""Job types that no executor should have, offered to the processes of a cluster as an installed plugin."""

import os
import resource
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.templates.documents.step_types import StepType
from apps.workflows.executor.job_types.base import JobContext, JobResult
from apps.workflows.executor.json_lock import JSON_LOCK

NO_CONFIG = {"type": "object", "additionalProperties": False}
MUCH = 256 * 1024 * 1024


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


class Clog:
    """Keeps for ever what all slots need to read their jobs. The process is made less patient with it."""

    spec = StepType(name="clog", config_schema=NO_CONFIG)

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        from apps.workflows.executor import process

        process.MAX_JSON_LOCK_SECONDS = 1.0
        with JSON_LOCK:
            threading.Event().wait()
        return JobResult(None)


class Linger:
    """As :class:`Hang`, in a process that has less time to end in."""

    spec = StepType(name="linger", config_schema=NO_CONFIG)

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        from apps.workflows.executor import process

        process.HUNG_SECONDS, process.HAND_BACK_SECONDS = 0.0, 1.0
        threading.Event().wait()
        return JobResult(None)


class Hungry:
    """Takes more memory than a pod has, at its first attempt."""

    spec = StepType(name="hungry", config_schema=NO_CONFIG)

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        if context.attempt == 1:
            eaten = bytearray(MUCH)
            # Memory counts once it is written to.
            eaten[:: resource.getpagesize()] = b"x" * len(range(0, MUCH, resource.getpagesize()))
            threading.Event().wait()
        return JobResult(None)


def install(directory: Path) -> None:
    """Make ``directory``, on ``PYTHONPATH``, what pip leaves of an installed plugin."""
    info = directory / "baseshift_bad_job_types-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: baseshift-bad-job-types\nVersion: 1.0\n")
    entries = [
        f"{name.lower()} = {__name__}:{name}" for name in (one.__name__ for one in (Crash, Hang, Clog, Linger, Hungry))
    ]
    (info / "entry_points.txt").write_text("\n".join(["[baseshift.job_types]", *entries, ""]))
