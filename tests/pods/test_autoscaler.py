"""The autoscaler: cases by hand, and whole traces against other rules."""

import subprocess
import sys
from dataclasses import replace

import pytest

from apps.pods.planning.autoscaler import Autoscaler, Load, LoadMeter, Rates, ScalingPolicy, needed_slots
from tests.support.doc_pages import ROOT
from tools import autoscaling

SCALING = ScalingPolicy(slots=8, minimum=0, maximum=10, target_wait=10.0, idle_seconds=60.0)


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
    scaler = Autoscaler(LoadMeter(1.0))
    assert scaler.desired(0.0, load(running=8), SCALING, 1) == 1
    assert scaler.desired(59.0, load(), SCALING, 1) == 1
    assert scaler.desired(121.0, load(), SCALING, 1) == 0


def test_one_job_brings_a_pool_up_from_zero_at_once():
    scaler = Autoscaler(LoadMeter())
    assert scaler.desired(0.0, load(), SCALING, 0) == 0
    assert scaler.desired(1.0, load(backlog=1), SCALING, 0) == 1


def test_more_work_brings_more_pods_at_once():
    scaler = Autoscaler(LoadMeter(60.0))
    scaler.desired(0.0, load(), SCALING, 0)
    assert scaler.desired(1.0, load(backlog=40), SCALING, 0) == 5


def test_a_dip_shorter_than_the_idle_time_changes_nothing():
    scaler = Autoscaler(LoadMeter(60.0))
    scaler.desired(0.0, load(backlog=40), SCALING, 0)
    for second in range(1, 59):
        assert scaler.desired(float(second), load(), SCALING, 5) == 5


@pytest.mark.parametrize(("minimum", "maximum", "expected"), [(2, 10, 2), (0, 3, 3)])
def test_the_bounds_of_the_pool_hold(minimum: int, maximum: int, expected: int):
    scaler = Autoscaler(LoadMeter(60.0))
    work = load(backlog=80) if maximum == 3 else load()
    assert scaler.desired(0.0, work, replace(SCALING, minimum=minimum, maximum=maximum), 0) == expected


def test_an_autoscaler_that_is_new_takes_no_pod_before_the_idle_time():
    assert Autoscaler(LoadMeter()).desired(0.0, load(), SCALING, 4) == 4


def test_the_length_of_jobs_is_known_before_the_first_has_ended():
    meter = LoadMeter()
    meter.record(0.0, load(running=1))
    assert meter.record(50.0, load(running=1, slot_seconds=50.0)).service_seconds == pytest.approx(50.0)


# -- what is measured -----------------------------------------------------------------------------------


def test_arrivals_are_the_jobs_that_began_within_the_last_half_minute():
    meter = LoadMeter()
    meter.record(0.0, load())
    for second in range(1, 121):
        rates = meter.record(float(second), load(running=1, done=2 * second, slot_seconds=2.0 * second))
    assert rates.arrivals == pytest.approx(2.0, rel=0.05)
    for second in range(121, 151):
        rates = meter.record(float(second), load(done=240, slot_seconds=240.0))
    assert rates.arrivals == pytest.approx(0.0, abs=0.05)


def test_jobs_that_only_began_to_run_are_no_more_arrivals_than_there_were():
    meter = LoadMeter()
    meter.record(0.0, load(running=8, done=100))
    assert meter.record(30.0, load(running=2, done=106)).arrivals == 0.0
    assert meter.record(60.0, load(running=8, done=112)).arrivals == pytest.approx(12 / 30)


def test_the_first_jobs_of_a_new_pool_are_no_flood():
    meter = LoadMeter()
    meter.record(0.0, load())
    assert meter.record(1.0, load(running=3)).arrivals == pytest.approx(3 / 30)


def test_executors_that_went_with_their_running_jobs_make_no_negative_rate():
    meter = LoadMeter()
    meter.record(0.0, load(running=8))
    assert meter.record(1.0, load()).arrivals == 0.0


def test_the_length_of_jobs_is_that_of_the_last_minutes():
    meter = LoadMeter()
    meter.record(0.0, load(done=1000, slot_seconds=1000.0))
    at, done, spent = 0.0, 1000, 1000.0
    for _ in range(60):
        at, done, spent = at + 10.0, done + 1, spent + 10.0
        rates = meter.record(at, load(running=1, done=done, slot_seconds=spent))
    assert rates.service_seconds == pytest.approx(10.0, rel=0.05)


def test_a_length_that_was_known_weighs_as_one_job():
    meter = LoadMeter(4.0)
    meter.record(0.0, load())
    assert meter.record(1.0, load(done=1, slot_seconds=2.0)).service_seconds == pytest.approx(3.0, rel=0.01)


def test_time_without_work_makes_nothing_forget_how_long_jobs_take():
    meter = LoadMeter(4.0)
    meter.record(0.0, load())
    assert meter.record(100_000.0, load()).service_seconds == pytest.approx(4.0)


def test_nothing_is_known_of_a_pool_that_never_worked():
    meter = LoadMeter()
    assert meter.record(0.0, load(backlog=3)).service_seconds is None


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
