"""What Celery leaves in Redis of executors that were real processes, each of a name of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.stack import command_lines
from apps.workflows.models import Workflow
from tests.support.engine_rig import Rig, transform
from tests.support.process import Process

KILLED, TERMINATED = "executor-killed", "executor-terminated"


@pytest.fixture
def processes(rig: Rig, tmp_path: Path) -> Iterator[dict[str, Process]]:
    environment = {"JOB_QUEUE_URL": rig.url, "EXECUTOR_SLOTS": "2"}
    children = [command_lines.executor(name, environment, "INFO") for name in (KILLED, TERMINATED)]
    found = {child.name: Process(child.name, child.command, child.environment, tmp_path) for child in children}
    yield found
    for process in found.values():
        process.kill()


def serve(rig: Rig, process: Process) -> None:
    """Start the process, and see that it runs a job: its pilots have been asked for then."""
    process.start()
    workflow = rig.start_one(transform("a", 1))
    rig.until(lambda: Workflow.objects.get(pk=workflow.pk).state == "COMPLETED")


def named_for_ever(rig: Rig) -> dict[str, object]:
    """Keys without an end that stand for an executor, by their own names or those of their members."""
    found: dict[str, object] = {}
    for key in rig.redis.scan_iter("*", count=1000):
        members = rig.redis.smembers(key) if rig.redis.type(key) == "set" else set()
        names = [key, *members]
        if rig.redis.ttl(key) == -1 and any(name in text for name in (KILLED, TERMINATED) for text in names):
            found[key] = members
    return found


def test_an_executor_that_ended_or_was_killed_leaves_no_name_behind(rig: Rig, processes: dict[str, Process]) -> None:
    serve(rig, processes[KILLED])
    processes[KILLED].kill()
    serve(rig, processes[TERMINATED])
    assert processes[TERMINATED].terminate() == 0
    assert named_for_ever(rig) == {}
