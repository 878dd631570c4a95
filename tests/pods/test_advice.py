"""Resource advice, as a function of what was measured."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pods.models import default_resources
from apps.pods.planning import quantities
from apps.pods.planning.advice import Advice, ResourceAdvice, advice, cpu_needed
from apps.pods.planning.heartbeats import Heartbeat
from apps.pods.planning.usage import Usage, between

MIB = 2**20
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = st.integers(1, 64 * 1024 * MIB)
SECONDS = st.floats(0, 1e6)
SLOTS = st.integers(1, 64)
USES = st.builds(Usage, SIZES, SECONDS, SECONDS, st.integers(1000, 10**9), SECONDS, SECONDS, SECONDS)
AMOUNTS = st.sampled_from(["", "8Mi", "64Mi", "96Mi", "128Mi", "1Gi", "1e9", "500G", "100k", "nonsense"])
CPUS = st.sampled_from(["", "10m", "250m", "0.5", "1", "16", "nonsense"])


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    """What a pool may have set; where both are set, the limit is not below the request."""
    made: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for name, texts in (("memory", AMOUNTS), ("cpu", CPUS)):
        request, limit = draw(texts), draw(texts)
        if number(request) is not None and number(limit) is not None and number(request) > number(limit):
            request, limit = limit, request
        made["requests"][name], made["limits"][name] = request, limit
    return made


def number(text: str) -> Any:
    try:
        return quantities.parse(text)
    except ValueError:
        return None


def of(found: Advice, resource: str) -> ResourceAdvice:
    return next(one for one in found.resources if one.resource == resource)


def carried_out(found: Advice) -> dict[str, Any]:
    """The pool's resources after the advice was taken."""
    return {
        "requests": {one.resource: one.request.recommended for one in found.resources},
        "limits": {one.resource: one.limit.recommended for one in found.resources},
    }


# -- what holds for all -----------------------------------------------------------------------------


@given(USES, settings(), SLOTS)
def test_advice_that_was_taken_is_not_given_again(usage: Usage, resources: dict[str, Any], slots: int):
    taken = carried_out(advice(usage, SINCE, resources, slots))
    assert advice(usage, SINCE, taken, slots).fits


@given(USES, settings(), SLOTS)
def test_no_limit_is_below_its_request(usage: Usage, resources: dict[str, Any], slots: int):
    for one in advice(usage, SINCE, resources, slots).resources:
        assert quantities.parse(one.request.recommended) <= quantities.parse(one.limit.recommended)


@given(USES, settings(), SLOTS)
def test_what_was_held_fits_into_the_request_and_well_into_the_limit(
    usage: Usage, resources: dict[str, Any], slots: int
):
    memory = of(advice(usage, SINCE, resources, slots), "memory")
    assert quantities.parse(memory.request.recommended) >= usage.memory
    assert quantities.parse(memory.limit.recommended) >= Decimal("1.25") * usage.memory


@given(USES, settings(), SLOTS)
def test_a_pod_all_of_whose_slots_work_has_the_cpu_that_it_needs(usage: Usage, resources: dict[str, Any], slots: int):
    needed = cpu_needed(usage, slots)
    asked = of(advice(usage, SINCE, resources, slots), "cpu").request.recommended
    assert float(quantities.parse(asked)) >= needed - 1e-9


@given(USES, SIZES, settings(), SLOTS)
def test_more_memory_never_means_less_of_it(usage: Usage, more: int, resources: dict[str, Any], slots: int):
    before, after = (
        of(advice(usage + Usage(memory=memory), SINCE, resources, slots), "memory") for memory in (0, more)
    )
    for smaller, larger in ((before.request, after.request), (before.limit, after.limit)):
        assert quantities.parse(smaller.recommended) <= quantities.parse(larger.recommended)


@given(SIZES)
def test_memory_is_rounded_up_by_an_eighth_at_most(size: int):
    rounded = quantities.parse(quantities.memory(size))
    assert size <= rounded <= max(Decimal(size) * 9 / 8 + 2 * MIB, Decimal(8 * MIB))


@given(st.floats(0, 500))
def test_cpu_is_rounded_up_by_a_quarter_at_most(cores: float):
    rounded = float(quantities.parse(quantities.cpu(cores)))
    assert cores - 1e-9 <= rounded <= 1.25 * cores + 0.01


# -- examples ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "8Mi"),
        (57 * MIB, "60Mi"),
        (90 * MIB, "96Mi"),
        (150 * MIB, "160Mi"),
        (1000 * MIB, "1Gi"),
        (1100 * MIB, "1152Mi"),
    ],
)
def test_memory_is_written_as_people_do(size: int, text: str):
    assert quantities.memory(size) == text


@pytest.mark.parametrize(
    ("cores", "text"), [(0, "10m"), (0.043, "50m"), (0.21, "225m"), (0.951, "1"), (1.1, "1250m"), (7.1, "7500m")]
)
def test_cpus_are_written_as_people_do(cores: float, text: str):
    assert quantities.cpu(cores) == text


def test_little_evidence_gives_no_advice_but_says_what_it_waits_for():
    found = advice(Usage(memory=50 * MIB, jobs=49, slot_seconds=900), SINCE, default_resources(), 8)
    assert (found.resources, found.fits) == ((), False)
    assert "49 jobs" in found.missing


def test_long_jobs_are_evidence_when_they_are_some():
    found = advice(Usage(50 * MIB, cpu_seconds=3, slot_seconds=30, jobs=50, work_seconds=30), SINCE, {}, 8)
    assert found.missing == ""
    assert carried_out(found) == {
        "requests": {"memory": "60Mi", "cpu": "800m"},
        "limits": {"memory": "88Mi", "cpu": "1"},
    }


def test_the_default_pool_keeps_what_it_has_when_it_uses_what_was_foreseen():
    """56 MiB at most; eight slots that wait most of the time."""
    usage = Usage(56 * MIB, cpu_seconds=30, slot_seconds=1000, jobs=1000, work_seconds=500)
    found = advice(usage, SINCE, default_resources(), 8)
    assert found.fits
    assert found.resources[0].request.current == "64Mi"


def test_idle_time_is_no_work_of_slots():
    """An idle pod takes 0.02 CPUs. Half the time a job runs, which takes 0.1 more."""
    usage = Usage(cpu_seconds=12, slot_seconds=100, jobs=1000, work_seconds=100, idle_cpu_seconds=2, idle_seconds=100)
    assert cpu_needed(usage, 8) == pytest.approx(0.1 * 8 + 0.02)


def test_an_executor_is_one_process():
    """Jobs of no length: by its slots alone it would need eight CPUs."""
    usage = Usage(cpu_seconds=60, slot_seconds=60, jobs=10_000, work_seconds=100)
    cpu = of(advice(usage, SINCE, {}, 8), "cpu")
    assert (cpu.request.recommended, cpu.limit.recommended) == ("1", "1")
    assert "one process" in cpu.reason


def test_an_executor_that_was_seen_on_more_cpus_gets_them():
    usage = Usage(cpu_seconds=300, slot_seconds=100, jobs=100, work_seconds=100)
    assert cpu_needed(usage, 8) == pytest.approx(3)


# -- what is counted --------------------------------------------------------------------------------


def test_the_first_heartbeat_tells_of_memory_alone():
    assert between(None, Heartbeat(done=9, slot_seconds=9, cpu_seconds=9, memory=5), 1) == Usage(memory=5)


def test_time_in_which_a_slot_worked_is_work():
    before, now = Heartbeat(done=1, slot_seconds=2, cpu_seconds=3), Heartbeat(done=4, slot_seconds=6, cpu_seconds=8)
    assert between(before, now, 1) == Usage(cpu_seconds=5, slot_seconds=4, jobs=3, work_seconds=1)


def test_time_in_which_no_slot_worked_is_idle():
    before, now = Heartbeat(done=1, slot_seconds=2, cpu_seconds=3), Heartbeat(done=1, slot_seconds=2, cpu_seconds=4)
    assert between(before, now, 2) == Usage(idle_cpu_seconds=1, idle_seconds=2)


@pytest.mark.parametrize("anew", [{"done": 0}, {"slot_seconds": 0.0}, {"cpu_seconds": 0.0}])
def test_counters_that_began_anew_are_not_counted_backwards(anew: dict[str, Any]):
    before = Heartbeat(done=5, slot_seconds=5, cpu_seconds=5)
    assert between(
        before, Heartbeat(**{"done": 9, "slot_seconds": 9, "cpu_seconds": 9, "memory": 1, **anew}), 1
    ) == Usage(memory=1)


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 9), st.floats(0, 9)), min_size=1))
def test_looks_add_up_to_what_a_pod_did_between_the_first_and_the_last(steps: list[tuple[int, float, float]]):
    beats = [Heartbeat()]
    for jobs, slots, cpu in steps:
        last = beats[-1]
        beats.append(
            Heartbeat(done=last.done + jobs, slot_seconds=last.slot_seconds + slots, cpu_seconds=last.cpu_seconds + cpu)
        )
    total = Usage()
    for before, now in pairwise(beats):
        total += between(before, now, 1)
    assert total.jobs == beats[-1].done
    assert total.slot_seconds == pytest.approx(beats[-1].slot_seconds)
    assert total.cpu_seconds + total.idle_cpu_seconds == pytest.approx(beats[-1].cpu_seconds)
    assert total.work_seconds + total.idle_seconds == len(steps)
