"""Attempts of jobs, as an executor would make them."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from apps.workflows.executor.job_types.base import JobContext, JobFailed, JobResult, JobType, fill

LOOPBACK = ("127.0.0.1", "localhost")
# Seconds that no attempt takes, however busy the machine is.
LONG = 60.0


def attempt(
    job_type: JobType,
    config: Mapping[str, Any],
    *,
    data: Mapping[str, Any] | None = None,
    number: int = 1,
    seconds: float = LONG,
    cancelled: threading.Event | None = None,
    egress: tuple[str, ...] = LOOPBACK,
    secret: Callable[[str], str] | None = None,
) -> JobResult:
    """Run one attempt of a job that has ``seconds`` seconds."""
    data = {"input": None, "steps": {}, "workflow": {"id": "w-1"}, **(data or {})}
    context = JobContext(
        workflow_id="w-1",
        job_id="call",
        attempt=number,
        idempotency_key="w-1/call",
        input=data["input"],
        data=data,
        deadline=time.monotonic() + seconds,
        cancelled=cancelled or threading.Event(),
        egress=egress,
    )
    return job_type.run(fill(job_type.spec, config, data, secret), context)


def failed(job_type: JobType, config: Mapping[str, Any], **options: Any) -> JobFailed:
    """The failure of one attempt."""
    with pytest.raises(JobFailed) as caught:
        attempt(job_type, config, **options)
    return caught.value
