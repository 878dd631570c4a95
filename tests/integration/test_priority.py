"""Which ready job is next: ``base + 0.1 · wait`` since creation, higher first (contract §2)."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.engine_rig import Rig, noop


def order(rig: Rig) -> list[str]:
    """The labels ``n`` of workflows of one job, as their jobs are claimed."""
    names = []
    while (claim := rig.take()) is not None:
        names.append(claim.base["workflow"]["labels"]["n"])
        rig.succeed(claim, {})
    return names


def start(rig: Rig, name: str, **fields: object) -> None:
    # The job reads the workflow's facts, so that a claim tells whose it is.
    step = {"name": "a", "type": "transform", "config": {"output": "${workflow.labels.n}"}}
    rig.start_one(step, labels={"n": name}, **fields)


def test_of_equals_the_older_one_goes_first(rig: Rig) -> None:
    now = timezone.now()
    start(rig, "young", created_at=now)
    start(rig, "old", created_at=now - timedelta(milliseconds=2))
    start(rig, "oldest", created_at=now - timedelta(seconds=1))
    assert order(rig) == ["oldest", "old", "young"]


def test_one_more_of_priority_is_worth_ten_seconds_of_waiting(rig: Rig) -> None:
    now = timezone.now()
    start(rig, "old", created_at=now - timedelta(seconds=9.9))
    start(rig, "prior", priority=1, created_at=now)
    start(rig, "older", created_at=now - timedelta(seconds=10.1))
    assert order(rig) == ["older", "prior", "old"]


@pytest.mark.parametrize("seed", range(5))
def test_a_job_waits_at_most_ten_seconds_for_each_point_that_it_is_behind(rig: Rig, seed: int) -> None:
    rng = random.Random(seed)
    now = timezone.now()
    ages = {f"{n}": (float(rng.randint(-3, 3)), timedelta(seconds=rng.uniform(0, 60))) for n in range(25)}
    for name, (priority, age) in ages.items():
        start(rig, name, priority=priority, created_at=now - age)
    claimed = order(rig)
    place = {name: number for number, name in enumerate(claimed)}
    assert place.keys() == ages.keys()
    for name, (priority, age) in ages.items():
        for other, (higher, younger) in ages.items():
            if higher > priority and age - younger > timedelta(seconds=10 * (higher - priority)):
                assert place[name] < place[other], (name, other)


def test_a_steps_own_priority_overrides_that_of_its_workflow(rig: Rig) -> None:
    workflow = rig.start_one(
        noop("plain", dependsOn=[]), noop("urgent", dependsOn=[], priority=8), noop("idle", dependsOn=[], priority=-8)
    )
    assert [rig.claim().job_id for _ in range(3)] == ["urgent", "plain", "idle"]
    assert workflow.priority == 0


def test_a_retry_keeps_the_place_of_the_first_attempt(rig: Rig) -> None:
    now = timezone.now()
    retry = {"maxAttempts": 2, "initialDelay": "1ms"}
    old = rig.start_one(noop("a", retry=retry), created_at=now - timedelta(minutes=1))
    rig.fail(rig.claim())
    rig.start_one(noop("b"), created_at=now)
    rig.until(lambda: rig.job(old, "a").attempt == 2)
    assert rig.claim().job_id == "a"
