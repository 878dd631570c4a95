"""The autoscaler: cases by hand, and whole traces against other rules."""

import subprocess
import sys
from dataclasses import replace

import pytest

from apps.pods.planning.autoscaler import Autoscaler, Load, Meter, Rates, Scaling, needed_slots
from tests.docs.pages import ROOT
from tools import autoscaling

SCALING = Scaling(slots=8, minimum=0, maximum=10, target_wait=10.0, idle_seconds=60.0)


def load(backlog: int = 0, running: int = 0, done: int = 0, slot_seconds: float = 0.0) -> Load:
    return Load(backlog, running, done, slot_seconds)


def test_a_queue_of_short_jobs_needs_few_slots():
    assert needed_slots(load(backlog=1000), Rates(0.0, 0.005), 10.0) == pytest.approx(0.5)


def test_a_queue_of_long_jobs_needs_a_slot_for_each():
    assert needed_slots(load(backlog=8), Rates(0.0, 3600.0), 10.0) == pytest.approx(8)


def test_steady_work_needs_arrival_rate_times_service_time():
    assert needed_slots(load(running=40), Rates(20.0, 2.0), 10.0) == pytest.approx(40)


def test_jobs_that_run_on_keep_their_slots():
    assert needed_slots(load(running=16, backlog=8), Rates(0.0, 3600.0), 10.0) == pytest.approx(24, abs=0.1)


def test_a_pool_without_work_goes_to_zero_after_its_idle_time():
    scaler = Autoscaler(Meter(1.0))
    assert scaler.wanted(0.0, load(running=8), SCALING, 1) == 1
    assert scaler.wanted(59.0, load(), SCALING, 1) == 1
    assert scaler.wanted(121.0, load(), SCALING, 1) == 0


def test_one_job_brings_a_pool_up_from_zero_at_once():
    scaler = Autoscaler(Meter())
    assert scaler.wanted(0.0, load(), SCALING, 0) == 0
    assert scaler.wanted(1.0, load(backlog=1), SCALING, 0) == 1


def test_more_work_brings_more_pods_at_once():
    scaler = Autoscaler(Meter(60.0))
    scaler.wanted(0.0, load(), SCALING, 0)
    assert scaler.wanted(1.0, load(backlog=40), SCALING, 0) == 5


def test_a_dip_shorter_than_the_idle_time_changes_nothing():
    scaler = Autoscaler(Meter(60.0))
    scaler.wanted(0.0, load(backlog=40), SCALING, 0)
    for second in range(1, 59):
        assert scaler.wanted(float(second), load(), SCALING, 5) == 5


@pytest.mark.parametrize(("minimum", "maximum", "expected"), [(2, 10, 2), (0, 3, 3)])
def test_the_bounds_of_the_pool_hold(minimum: int, maximum: int, expected: int):
    scaler = Autoscaler(Meter(60.0))
    work = load(backlog=80) if maximum == 3 else load()
    assert scaler.wanted(0.0, work, replace(SCALING, minimum=minimum, maximum=maximum), 0) == expected


def test_an_autoscaler_that_is_new_takes_no_pod_before_the_idle_time():
    assert Autoscaler(Meter()).wanted(0.0, load(), SCALING, 4) == 4


def test_the_length_of_jobs_is_known_before_the_first_has_ended():
    meter = Meter()
    meter.look(0.0, load(running=1))
    assert meter.look(50.0, load(running=1, slot_seconds=50.0)).service_seconds == pytest.approx(50.0)


# -- traces -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=list(autoscaling.TRACES))
def outcomes(request: pytest.FixtureRequest) -> dict[str, autoscaling.Outcome]:
    return autoscaling.outcomes(request.param)


def test_every_rule_meets_the_target_wait(outcomes: dict[str, autoscaling.Outcome]):
    assert max(outcome.p95 for outcome in outcomes.values()) <= autoscaling.SCALING.target_wait


def test_pods_cost_less_than_with_a_fixed_pool(outcomes: dict[str, autoscaling.Outcome]):
    assert outcomes["Base Shift"].pod_seconds < 0.8 * outcomes["fixed pool"].pod_seconds


def test_pods_cost_no_more_than_by_the_length_of_the_queue(outcomes: dict[str, autoscaling.Outcome]):
    assert outcomes["Base Shift"].pod_seconds <= outcomes["queue / slots"].pod_seconds


def test_the_table_in_the_documentation_is_the_measured_one():
    command = [sys.executable, "-m", "tools.autoscaling", "--check"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
