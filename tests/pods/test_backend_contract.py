"""What every place where pods run does, in one suite for all of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from apps.pods.backends.port import LogsUnavailable, Phase, PodSpec
from apps.pods.models import IMAGE, default_resources
from tests.pods.worlds import MemoryWorld, ProcessWorld, World, until
from tests.support.kube import KubernetesWorld, kubeconfig
from tests.support.workload import Clock

SPEC = PodSpec(
    pool="default", revision="r1", slots=8, image=IMAGE, resources=default_resources(), env={"LOG_LEVEL": "INFO"}
)


@pytest.fixture(params=["memory", "process", pytest.param("kubernetes", marks=pytest.mark.kube)])
def world(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[World]:
    made = _world(request.param, tmp_path, clock)
    yield made
    made.close()


def _world(kind: str, directory: Path, clock: Clock) -> World:
    if kind == "memory":
        return MemoryWorld(clock)
    if kind == "process":
        return ProcessWorld(clock, directory / "pods")
    return KubernetesWorld(kubeconfig())


def test_a_place_without_pods_shows_none(world: World):
    assert world.backend.observe() == []


def test_a_pod_is_seen_as_soon_as_it_is_made(world: World):
    world.backend.create("a", SPEC)
    assert [(pod.name, pod.pool, pod.revision) for pod in world.backend.observe()] == [("a", "default", "r1")]


def test_a_pod_comes_to_run(world: World):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])


def test_a_pod_that_is_made_twice_is_one(world: World):
    world.backend.create("a", SPEC)
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])


def test_a_pod_that_is_told_to_end_says_so_and_is_gone(world: World):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    world.backend.delete("a", 5)
    assert all(pod.stopping for pod in world.backend.observe())
    until(world, lambda pods: pods == [])


def test_a_pod_that_is_gone_may_be_told_to_end(world: World):
    world.backend.delete("a", 5)
    assert world.backend.observe() == []


def test_a_pod_that_dies_is_told_as_ended_with_its_reason_and_not_started_again(world: World):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    world.kill("a")
    pod = until(world, lambda pods: [pod.phase for pod in pods] == [Phase.ENDED])[0]
    assert "kill" in pod.reason or "signal 9" in pod.reason


def test_what_has_died_goes_when_it_is_deleted(world: World):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    world.kill("a")
    world.backend.delete("a", 0)
    until(world, lambda pods: pods == [])


def test_a_restarted_reconciler_finds_the_pods(world: World):
    world.backend.create("a", SPEC)
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.RUNNING])
    world.backend.close()
    second = world.second()
    assert [pod.name for pod in second.observe()] == ["a"]
    second.close()


def test_pods_tell_when_they_were_made(world: World):
    world.backend.create("a", SPEC)
    (pod,) = world.backend.observe()
    assert abs(pod.created_at - world.now()) < timedelta(minutes=1)


# -- what pods write --------------------------------------------------------------------------------


def test_the_last_lines_of_a_pod_are_read_in_their_order(world: World):
    if not world.keeps_logs:
        pytest.skip("kwok runs nothing that could write")
    world.backend.create("a", SPEC)
    until(world, lambda pods: written(world, "a").endswith("up\n"))
    assert world.backend.logs("a", world.backend.observe()[0].namespace, 2) == "two\nup\n"


def test_a_pod_that_died_is_read_until_it_is_deleted(world: World):
    if not world.keeps_logs:
        pytest.skip("kwok runs nothing that could write")
    world.backend.create("a", SPEC)
    until(world, lambda pods: written(world, "a").endswith("up\n"))
    world.kill("a")
    until(world, lambda pods: [pod.phase for pod in pods] == [Phase.ENDED])
    assert written(world, "a") == "one\ntwo\nup\n"
    world.backend.delete("a", 0)
    until(world, lambda pods: pods == [])
    with pytest.raises(LogsUnavailable):
        world.backend.logs("a", "", 10)


def test_a_pod_that_has_not_started_has_written_nothing(world: World):
    world.backend.create("a", replace(SPEC, node_selector={"disk": "of-gold"}))
    assert written(world, "a") == ""


def test_a_pod_that_nobody_knows_has_no_log(world: World):
    with pytest.raises(LogsUnavailable, match="gone"):
        world.backend.logs("nobody", "", 10)


def written(world: World, name: str) -> str:
    """All of it; nothing as long as there is no log."""
    try:
        return world.backend.logs(name, "", 100)
    except LogsUnavailable:
        return ""
