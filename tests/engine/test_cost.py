"""An entry costs what it changes, however large the workflow is: counted in lines run, not in time."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.workflows.engine.graph import compile
from tests.engine.counting import lines_run
from tests.engine.driver import TYPES, Run, step, wait

Steps = list[dict[str, Any]]
FEW, MORE, MANY = 100, 1_000, 10_000


def line(count: int, **keys: Any) -> Steps:
    """s0 ── s1 ── s2 ── …"""
    return [step(f"s{number}", **keys) for number in range(count)]


def fan(count: int) -> Steps:
    r"""s0 ──<── s1 … ──>── last"""
    inner = [step(f"s{number}", dependsOn=["s0"]) for number in range(1, count - 1)]
    return [step("s0"), *inner, step("last", dependsOn=[written["name"] for written in inner])]


def rescued(count: int) -> Steps:
    """s0 (fails) ──failure── s1 (fails) ──failure── …"""
    return [step("s0"), *(step(f"s{number}", on={f"s{number - 1}": "failure"}) for number in range(1, count))]


def ladder(count: int) -> Steps:
    """Each waits for the two before it: s0 ── s1, s0 and s1 ── s2, …"""
    return [
        step(f"s{number}", dependsOn=[f"s{parent}" for parent in range(max(0, number - 2), number)])
        for number in range(count)
    ]


def unchecked(steps: Steps, **keys: Any) -> Run:
    """Without the checks of publishing, which would take most of the time."""
    return Run(compile({"steps": steps, **keys}, TYPES), {"go": True})


def run_all(run: Run) -> None:
    """Start it, and run the jobs in the order in which they are written."""
    run.start()
    act = run.break_down if run.workflow.graph.handled else run.complete
    for written in run.workflow.graph.steps:
        act(written.name)


def lines_a_job(make: Callable[[int], Steps], count: int, act: Callable[[Run], object] = run_all) -> float:
    run = unchecked(make(count))
    cost = lines_run(lambda: act(run))
    assert run.workflow.ended
    return cost / count


@pytest.mark.parametrize("make", [line, fan, rescued, ladder], ids=lambda make: make.__name__)
def test_a_job_costs_the_same_in_a_large_workflow(make: Callable[[int], Steps]):
    assert lines_a_job(make, MORE) < lines_a_job(make, FEW) * 1.05


def test_a_job_costs_the_same_in_the_largest_workflow():
    assert lines_a_job(fan, MANY) < lines_a_job(fan, FEW) * 1.05


@pytest.mark.parametrize("make", [line, fan, rescued, ladder], ids=lambda make: make.__name__)
def test_a_report_costs_the_same_beside_many_jobs_and_beside_few(make: Callable[[int], Steps]):
    def third(run: Run) -> int:
        """The third job's success, or failure, alone."""
        run.start()
        act = run.break_down if run.workflow.graph.handled else run.complete
        act("s0", "s1")
        return lines_run(lambda: act("s2"))

    assert third(unchecked(make(MANY))) == third(unchecked(make(FEW)))


@pytest.mark.parametrize("act", [Run.cancel, Run.ring], ids=["cancel", "timeout"])
def test_ending_a_workflow_costs_the_same_for_each_of_its_jobs(act: Callable[[Run], object]):
    def end(run: Run) -> None:
        run.start()
        act(run)

    def cost(count: int) -> float:
        run = unchecked(line(count), timeout="1h")
        return lines_run(lambda: end(run)) / count

    assert cost(MANY) < cost(FEW) * 1.05


def test_skipping_a_line_costs_the_same_for_each_of_its_jobs():
    def act(run: Run) -> None:
        run.start()
        run.break_down("s0")

    assert lines_a_job(line, MANY, act) < lines_a_job(line, FEW, act) * 1.05


def test_a_condition_costs_the_same_in_a_large_workflow():
    def asked(count: int) -> Steps:
        return [step("s0"), *(step(f"s{n}", when=f"steps.s{n - 1}.status == 'COMPLETED'") for n in range(1, count))]

    assert lines_a_job(asked, MORE) < lines_a_job(asked, FEW) * 1.05


def test_a_timer_costs_the_same_in_a_large_workflow():
    def timed(count: int) -> Steps:
        return [step("s0"), *(wait(f"s{n}", f"${{steps.s{n - 1}.output.pause}}") for n in range(1, count))]

    def act(run: Run) -> None:
        run.start()
        run.complete("s0", output={"pause": "1s"})
        for number in range(1, len(run.workflow.jobs)):
            run.put(f"s{number}", "COMPLETED", output={"pause": "1s"})

    assert lines_a_job(timed, MORE, act) < lines_a_job(timed, FEW, act) * 1.05


def compiled(steps: Steps) -> float:
    return lines_run(lambda: compile({"steps": steps}, TYPES)) / len(steps)


@pytest.mark.parametrize("make", [line, fan, rescued, ladder], ids=lambda make: make.__name__)
def test_making_a_graph_ready_costs_the_same_for_each_of_its_steps(make: Callable[[int], Steps]):
    assert compiled(make(MORE)) < compiled(make(FEW)) * 1.05


def test_steps_that_name_others_by_a_value_cost_the_same_in_a_large_graph():
    def by_value(count: int) -> Steps:
        return line(count, type="transform", config={"expression": "steps[input.name].output"})

    assert compiled(by_value(MORE)) < compiled(by_value(FEW)) * 1.05
