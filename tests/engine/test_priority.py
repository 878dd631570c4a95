"""Which job is taken next: ``base_priority + wait_time * 0.1``, higher first."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.workflows.engine.priority import score
from tests.engine.driver import NOON, created, step

PRIORITIES = st.integers(-1000, 1000)
SECONDS = st.integers(0, 100_000)


def test_the_higher_base_priority_is_first():
    assert score(5, NOON) < score(4, NOON)


def test_the_longer_wait_is_first():
    assert score(0, NOON) < score(0, NOON + timedelta(seconds=1))


def test_ten_seconds_of_waiting_are_worth_one():
    later = NOON + timedelta(seconds=10)
    assert score(1, later + timedelta(seconds=1)) > score(0, NOON)
    assert score(1, later - timedelta(seconds=1)) < score(0, NOON)


@given(PRIORITIES, PRIORITIES, SECONDS, SECONDS, SECONDS)
def test_the_order_is_that_of_the_formula_at_any_moment(left: int, right: int, age: int, other: int, later: int):
    now = NOON + timedelta(seconds=later)
    formula = [
        base + (now - (NOON - timedelta(seconds=since))).total_seconds() * 0.1
        for base, since in ((left, age), (right, other))
    ]
    difference = formula[0] - formula[1]
    scores = [score(base, NOON - timedelta(seconds=since)) for base, since in ((left, age), (right, other))]
    # Tenths are exact enough; equal ones may come in any order.
    if abs(difference) > 0.01:
        assert (scores[0] < scores[1]) == (difference > 0)


def test_a_step_overrides_the_templates_base_priority():
    run = created(step("a"), step("b", priority=7), step("c", priority=0), priority=3)
    assert [written.priority for written in run.workflow.graph.steps] == [None, 7, 0]
