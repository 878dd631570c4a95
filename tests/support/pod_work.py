"""Pods for tests, what they run and use, and what they write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.core import times
from apps.core.models import User
from apps.pods.models import Pod, PodPool, PoolUsage
from apps.pods.spec import pod_spec
from apps.stack.process_spec import ProcessDirectory, ProcessSpec, ProcessStatus
from apps.stack.stack import PODS_DIRECTORY
from apps.workflows.models import Attempt, Job
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start


def pod_of(pool: PodPool, name: str = "job-executor-a", **fields: Any) -> Pod:
    """A pod that is ready, unless ``fields`` say otherwise."""
    values = {"state": "ready", "revision": "r1", "created_at": timezone.now(), **fields}
    return Pod.objects.create(pool=pool, name=name, **values)


@contextmanager
def written(pod: Pod, text: str) -> Iterator[None]:
    """The pod is a process that has written ``text``."""
    processes = ProcessDirectory(settings.VAR_DIR / PODS_DIRECTORY)
    processes.place(ProcessSpec(pod.name, pod.pool.name, pod.revision, times.rfc3339(pod.created_at), {}))
    processes.report(pod.name, ProcessStatus(pid=1))
    processes.log(pod.name).write_text(text, encoding="utf-8")
    yield
    processes.forget(pod.name)


def running(user: User, executor: str) -> UUID:
    """A workflow of the user's whose job ``s1`` runs there in its second attempt, after one that was lost elsewhere."""
    workflow = start(user, StartRequest(template_id="sample", input={})).workflow
    now = timezone.now()
    Job.objects.create(workflow=workflow, index=0, job_id="s1", status="RUNNING", attempt=2, created_at=now)
    for number, where in ((1, "elsewhere"), (2, executor)):
        Attempt.objects.create(workflow=workflow, job_id="s1", number=number, executor=where, started_at=now)
    return UUID(str(workflow.pk))


def measured(pool: PodPool, jobs: int = 2000) -> PoolUsage:
    """What the pool's pods were seen to use: 100 MiB, a tenth of a CPU second a job."""
    now = timezone.now()
    used = {
        "memory_bytes": 100 * 2**20,
        "cpu_seconds": jobs / 10,
        "slot_seconds": jobs / 2.0,
        "work_seconds": jobs / 4.0,
    }
    return PoolUsage.objects.create(
        pool=pool, basis=pod_spec.usage_basis(pool), jobs=jobs, since=now, updated_at=now, **used
    )
