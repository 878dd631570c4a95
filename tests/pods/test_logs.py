"""Who may read what executors wrote, and what they get where there is nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.core.errors import Conflict, Forbidden, Hidden, Invalid, Unavailable
from apps.pods.models import Pod, PodPool
from apps.pods.services.logs import MAX_LINES, logs
from apps.stack.process_spec import ProcessDirectory, ProcessSpec, ProcessStatus
from apps.stack.stack import PODS_DIRECTORY
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db

NAME = "job-executor-a"


@pytest.fixture
def pod() -> Pod:
    pool = PodPool.objects.create(name="default")
    return Pod.objects.create(pool=pool, name=NAME, state="ready", revision="r", created_at=timezone.now())


@pytest.fixture
def processes(pod: Pod) -> Iterator[ProcessDirectory]:
    """The pod is a process that has written three lines."""
    found = ProcessDirectory(configured.VAR_DIR / PODS_DIRECTORY)
    found.place(ProcessSpec(NAME, "default", "r", "2026-01-01T00:00:00.000000Z", {}))
    found.report(NAME, ProcessStatus(pid=1))
    found.log(NAME).write_text("one\ntwo\nthree\n")
    yield found
    found.forget(NAME)


def test_who_may_operate_the_pool_reads_its_last_lines(processes: ProcessDirectory, pod: Pod):
    sam = staff("sam")
    assign_perm("view_podpool", sam, pod.pool)
    assign_perm("operate_podpool", sam, pod.pool)
    assert logs(sam, name=NAME, lines=2) == "two\nthree\n"


def test_who_may_only_look_reads_none(processes: ProcessDirectory, pod: Pod):
    sam = staff("sam")
    assign_perm("view_podpool", sam, pod.pool)
    with pytest.raises(Forbidden):
        logs(sam, name=NAME)


def test_a_pod_that_one_may_not_see_is_as_one_that_is_not_there(processes: ProcessDirectory):
    for name in (NAME, "nobody"):
        with pytest.raises(Hidden):
            logs(staff(f"eve-{name}"), name=name)


@pytest.mark.parametrize("lines", [0, -1, MAX_LINES + 1, 10**30])
def test_a_number_of_lines_out_of_bounds_is_refused(processes: ProcessDirectory, lines: int):
    with pytest.raises(Invalid, match="between 1 and"):
        logs(SYSTEM, name=NAME, lines=lines)


def test_a_pod_that_is_gone_has_no_log(pod: Pod):
    with pytest.raises(Conflict, match="gone"):
        logs(SYSTEM, name=NAME)


def test_a_kubernetes_that_cannot_be_reached_is_told_without_its_address(
    pod: Pod, settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    settings.POD_BACKEND, settings.KUBECONFIG = "kubernetes", str(tmp_path / "no-such-file")
    with pytest.raises(Unavailable) as caught:
        logs(SYSTEM, name=NAME)
    assert str(tmp_path) not in caught.value.detail
    assert "pod_log_read_failed" in caplog.messages
