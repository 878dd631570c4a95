"""A workflow that is forgotten and read back from its rows goes on as if nothing had been.

The rows are those of the checkpoint; what follows from them is worked out by ``engine.restore``.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.workflows.engine import restore
from apps.workflows.engine.run import WorkflowRun, new_job_runs
from tests.engine.any_run import Watched, runs
from tests.engine.driver import Run, started, step

ENGINE = settings(derandomize=True, deadline=None, max_examples=100)


def reload(run: Run) -> None:
    """Read the workflow back."""
    run.workflow = reloaded(run)


def reloaded(run: Run) -> WorkflowRun:
    old, graph = run.workflow, run.workflow.graph
    memory = replace(
        old,
        # What the rows of the jobs tell; the outcomes are read from the database, which is not here.
        jobs=[
            replace(job, pending_parents=fresh.pending_parents, satisfied_parents=0)
            for job, fresh in zip(old.jobs, new_job_runs(graph), strict=True)
        ],
        ended_jobs=0,
        running=set(),
        busy=set(),
        unhandled=None,
    )
    restore.derive(memory)
    ended = [index for index in graph.retained if memory.jobs[index].ended]
    memory.outcomes = {index: run.outputs[graph.steps[index].name] for index in ended if index in old.outcomes}
    return memory


def seen(memory: WorkflowRun) -> Any:
    """All that later entries depend on. Of failures in one moment any may be the first."""
    counts = [(job.pending_parents, job.satisfied_parents) for job in memory.jobs if not job.ended]
    failed_at = None if memory.unhandled is None else memory.jobs[memory.unhandled].finished_at
    return counts, memory.ended_jobs, memory.busy, failed_at, memory.outcomes, set(memory.running)


@ENGINE
@given(runs(), st.data())
def test_a_workflow_read_back_at_any_moment_is_the_same(run: Watched, data: st.DataObject):
    again = Watched(run.workflow.graph, run.workflow.input)
    last = data.draw(st.integers(0, len(run.entries) - 1))
    for place in range(last):
        again.now = run.times[place]
        again.play(run.entries[place])
    assert seen(reloaded(again)) == seen(again.workflow)


@ENGINE
@given(runs(), st.data())
def test_a_workflow_read_back_now_and_then_ends_the_same(run: Watched, data: st.DataObject):
    again = Watched(run.workflow.graph, run.workflow.input)
    for place, what in enumerate(run.entries):
        if data.draw(st.booleans()):
            reload(again)
        again.now = run.times[place]
        again.play(what)
    assert (again.statuses, again.state, again.workflow.output) == (run.statuses, run.state, run.workflow.output)
    assert again.events == run.events


def test_the_first_unhandled_failure_is_the_same_read_back():
    #   a (error)   b (error)   c, which is still to run
    broken = [step(name, dependsOn=[], when="input.none.deeper") for name in "ab"]
    run = started(*broken, step("c", dependsOn=[]), input={})
    assert reloaded(run).unhandled == run.workflow.unhandled


def test_the_first_of_two_failures_in_one_moment_is_the_same_read_back():
    #   a (fails second)   b (fails first)   c, which is still to run
    run = started(step("a"), step("b", dependsOn=[]), step("c", dependsOn=[]))
    run.break_down("b", "a")
    assert reloaded(run).unhandled == run.workflow.unhandled


def test_the_current_job_is_the_same_read_back():
    #   a (taken second)   b (taken first)
    run = started(step("a"), step("b", dependsOn=[]))
    run.claim("b")
    run.claim("a")
    assert reloaded(run).current_job == run.workflow.current_job


def test_the_current_job_is_the_same_read_back_after_a_further_attempt():
    #   a (tries again)   b (runs)
    run = started(step("a", retry={}), step("b", dependsOn=[]))
    run.break_down("a")
    run.pass_time(1)
    run.claim("b")
    run.ring("a")
    run.claim("a")
    assert reloaded(run).current_job == run.workflow.current_job


def test_no_time_of_a_failed_attempt_is_gone_back_behind():
    #   a is taken, and fails after ten seconds; then the workflow is read back, and the clock goes back.
    run = started(step("a", retry={"initialDelay": "0s"}))
    run.claim("a")
    run.pass_time(10)
    run.fail("a")
    reload(run)
    run.pass_time(-60)
    run.enter_timer(run.timer("a"))
    run.claim("a")
    first, second = run.attempts["a", 1], run.attempts["a", 2]
    assert first.finished_at is not None
    assert second.started_at is not None
    assert first.finished_at <= second.started_at
