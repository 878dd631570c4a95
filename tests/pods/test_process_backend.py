"""What is particular to pods that are processes of the stack."""

import json
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.pods.backends.port import BackendUnavailable, LogsUnavailable, Phase, PodRejected, PodSpec
from apps.pods.backends.process import ProcessBackend
from apps.pods.models import Pod, PodPool
from apps.pods.reconciler.loop import Reconciler
from apps.stack.log_file import MAX_BYTES
from apps.stack.process_spec import ProcessDirectory
from apps.stack.stack import first_spec
from apps.stack.supervisor import CHUNK_BYTES
from tests.pods.worlds import ProcessWorld, until
from tests.support.pod_rig import CONFIG
from tests.support.waiting import eventually
from tests.support.workload import Clock, WrittenWorkload

SPEC = PodSpec(pool="default", revision="r1", slots=3)
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)


@pytest.fixture
def world(tmp_path: Path, clock: Clock) -> Iterator[ProcessWorld]:
    made = ProcessWorld(clock, tmp_path / "pods")
    yield made
    made.close()


def test_the_default_pool_has_one_executor_at_least_and_one_a_cpu_at_most(tmp_path: Path, clock: Clock):
    backend = ProcessBackend(ProcessDirectory(tmp_path), clock, cpus=4)
    assert backend.limits("default", 0, 10) == (1, 4)
    assert backend.limits("other", 0, 10) == (0, 4)


def test_a_process_gets_what_its_pool_says(world: ProcessWorld):
    world.backend.create("a", PodSpec(pool="gpu", revision="r1", slots=3, env={"MODEL": "m"}))
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    own = {"EXECUTOR_POOL": "gpu", "EXECUTOR_SLOTS": "3", "EXECUTOR_NAME": "a", "MODEL": "m"}
    assert world.children["a"].environment == own


def test_a_pod_with_nothing_but_defaults_has_the_revision_of_the_default_pool(tmp_path: Path, clock: Clock):
    ProcessDirectory(tmp_path).place(first_spec())
    (pod,) = ProcessBackend(ProcessDirectory(tmp_path), clock, default_revision="r7").observe()
    assert (pod.pool, pod.revision) == ("default", "r7")


def test_a_reference_to_a_secret_is_refused(world: ProcessWorld):
    spec = PodSpec(pool="gpu", revision="r1", slots=3, env={"KEY": {"secret": "s", "key": "k"}})
    with pytest.raises(PodRejected, match="KEY"):
        world.backend.create("a", spec)
    assert world.backend.observe() == []


def test_a_process_that_does_not_end_in_its_grace_is_killed(tmp_path: Path, clock: Clock):
    world = ProcessWorld(clock, tmp_path / "pods", STUBBORN)
    world.backend.create("a", SPEC)
    until(world, lambda pods: any("up" in line for line in world.lines))
    world.backend.delete("a", 0)
    until(world, lambda pods: pods == [])
    assert world.children["a"].status == -signal.SIGKILL
    world.close()


def test_the_end_of_the_stack_is_the_end_of_its_pods(world: ProcessWorld):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    world.close()
    # If its end took too long it was killed, and is gone a moment later.
    eventually(lambda: not world.children["a"].runs)


def test_a_new_stack_knows_nothing_of_the_pods_of_the_last(world: ProcessWorld, tmp_path: Path, clock: Clock):
    world.backend.create("a", SPEC)
    next_one = ProcessWorld(clock, tmp_path / "pods")
    assert next_one.backend.observe() == []


@pytest.mark.django_db
def test_of_the_pods_of_the_last_stack_it_is_told_that_it_was_stopped(
    world: ProcessWorld, tmp_path: Path, clock: Clock, workload: WrittenWorkload
):
    PodPool.objects.create(name="default")
    reconciler = Reconciler("one", world.backend, workload, CONFIG, monotonic=clock.seconds)
    reconciler.tick(clock.now)
    reconciler.tick(clock.now)
    before = Pod.objects.get()
    ProcessWorld(clock, tmp_path / "pods")
    reconciler.tick(clock.now)
    reconciler.close()
    before.refresh_from_db()
    assert (before.state, before.reason) == ("ended", "its stack was stopped")


def test_a_new_stack_clears_away_what_a_killed_reconciler_had_begun_to_write(tmp_path: Path, clock: Clock):
    (tmp_path / "pods").mkdir()
    draft = tmp_path / "pods" / ".job-executor-a.spec.123"
    draft.write_text('{"environment": {"KEY": ')
    ProcessWorld(clock, tmp_path / "pods")
    assert not draft.exists()


def test_an_order_that_a_power_failure_has_emptied_does_not_stop_the_next_stack(tmp_path: Path, clock: Clock):
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods" / "job-executor-a.spec").touch()
    assert ProcessWorld(clock, tmp_path / "pods").backend.observe() == []


def test_a_disk_that_takes_no_orders_is_a_place_that_is_away(tmp_path: Path, clock: Clock):
    (tmp_path / "pods").touch()
    with pytest.raises(BackendUnavailable, match="files of processes cannot be used"):
        ProcessBackend(ProcessDirectory(tmp_path / "pods"), clock).create("a", SPEC)


def test_an_order_is_for_its_owner_alone(world: ProcessWorld, tmp_path: Path):
    world.backend.create("a", SPEC)
    (spec,) = (tmp_path / "pods").glob("*.spec")
    assert spec.stat().st_mode & 0o077 == 0
    assert json.loads(spec.read_text())["pool"] == "default"


# -- what processes write ---------------------------------------------------------------------------

CHATTY = """
import signal
for number in range(400_000):
    print(number)
signal.pause()
"""


def log_of(world: ProcessWorld, name: str) -> str:
    try:
        return world.backend.logs(name, "", 3)
    except LogsUnavailable:
        return ""


def test_what_a_process_writes_is_kept_and_shown(world: ProcessWorld):
    world.backend.create("a", SPEC)
    until(world, lambda pods: log_of(world, "a") == "one\ntwo\nup\n")
    assert [line.split("| ")[1] for line in world.lines] == ["one", "two", "up"]


def test_its_log_is_for_its_owner_alone(world: ProcessWorld, tmp_path: Path):
    world.backend.create("a", SPEC)
    until(world, lambda pods: log_of(world, "a") != "")
    assert stat.S_IMODE((tmp_path / "pods" / "a.log").stat().st_mode) == 0o600


def test_the_logs_of_a_chatty_process_stay_bounded(tmp_path: Path, clock: Clock):
    world = ProcessWorld(clock, tmp_path / "pods", CHATTY)
    world.backend.create("a", SPEC)
    until(world, lambda pods: log_of(world, "a").endswith("399999\n"))
    kept = sum(path.stat().st_size for path in (tmp_path / "pods").glob("a.log*"))
    assert MAX_BYTES / 2 < kept < 2 * MAX_BYTES + CHUNK_BYTES
    assert log_of(world, "a") == "399997\n399998\n399999\n"
    world.close()


def test_its_logs_go_with_the_process(tmp_path: Path, clock: Clock):
    world = ProcessWorld(clock, tmp_path / "pods", CHATTY)
    world.backend.create("a", SPEC)
    until(world, lambda pods: log_of(world, "a").endswith("399999\n"))
    assert (tmp_path / "pods" / "a.log.1").exists()
    world.backend.delete("a", 0)
    until(world, lambda pods: pods == [])
    assert list((tmp_path / "pods").iterdir()) == []


def test_a_disk_that_takes_nothing_ends_the_log_alone(world: ProcessWorld, tmp_path: Path):
    (tmp_path / "pods" / "a.log").mkdir(parents=True)
    world.backend.create("a", SPEC)
    until(world, lambda pods: any("kept no longer" in line for line in world.lines))
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    with pytest.raises(BackendUnavailable):
        world.backend.logs("a", "", 1)


def test_a_process_that_fails_tells_the_last_line_that_it_wrote(tmp_path: Path, clock: Clock):
    world = ProcessWorld(clock, tmp_path / "pods", "raise SystemExit('LEASE_SECONDS must be a number')")
    world.backend.create("a", SPEC)
    (pod,) = until(world, lambda pods: [pod.phase for pod in pods] == [Phase.ENDED])
    assert (pod.reason, pod.termination_message) == ("ended with status 1", "LEASE_SECONDS must be a number")
    world.close()


def test_a_process_that_ends_well_has_no_last_words(world: ProcessWorld):
    world.backend.create("a", SPEC)
    until(world, lambda pods: log_of(world, "a") != "")
    process = world.children["a"].process
    assert process
    process.terminate()
    (pod,) = until(world, lambda pods: [pod.phase for pod in pods] == [Phase.ENDED])
    assert (pod.reason, pod.termination_message) == ("ended with status 0", "")
