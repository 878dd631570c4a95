"""Whatever the template and whatever happens in whichever order: a workflow ends, and ends once."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.templates.documents.validation import validate
from apps.workflows.engine.entries import Entry
from tests.engine.any_run import Act, Watched, documents, new_run, runs
from tests.engine.driver import TYPES, is_over
from tests.engine.test_states import MOVES

ENGINE = settings(derandomize=True, deadline=None, max_examples=100)
THOROUGH = settings(ENGINE, max_examples=300)


@ENGINE
@given(documents())
def test_the_templates_of_these_tests_pass_the_checks(document: Any):
    assert validate(document, TYPES) == []


@ENGINE
@given(runs())
def test_every_job_ends_exactly_once(run: Watched):
    for name in run.workflow.graph.index:
        ends = [event for event in run.told(name) if event in ("completed", "failed", "skipped", "cancelled")]
        assert ends == [run.job(name).status.value.lower()]
        assert run.job(name).finished_at is not None
    assert run.told()[-1] == run.state.lower()
    assert run.told().count(run.state.lower()) == 1


@ENGINE
@given(runs())
def test_every_job_moves_by_the_table(run: Watched):
    for index in range(len(run.workflow.jobs)):
        path = ["PENDING", *(event.state for event in run.events if event.job == index)]
        assert set(pairwise(path)) <= set(MOVES)


@ENGINE
@given(runs())
def test_no_job_starts_before_its_parents_have_finished(run: Watched):
    for written in run.workflow.graph.steps:
        child = run.workflow.jobs[written.index]
        for edge in written.parents:
            parent = run.workflow.jobs[edge.step]
            assert parent.finished_at is not None
            assert child.started_at is None or parent.finished_at <= child.started_at


@ENGINE
@given(runs())
def test_every_attempt_is_closed(run: Watched):
    assert all(record.outcome and record.finished_at for record in run.attempts.values())


@ENGINE
@given(runs())
def test_a_job_fails_no_more_often_than_it_may(run: Watched):
    for written in run.workflow.graph.steps:
        ends = [record.outcome for (name, _), record in run.attempts.items() if name == written.name]
        assert ends.count("failed") <= written.retry.max_attempts
        assert ends.count("lost") <= 11


@ENGINE
@given(runs())
def test_the_state_follows_from_the_jobs(run: Watched):
    graph = run.workflow.graph
    unhandled = any(
        run.job(written.name).status == "FAILED" and written.index not in handled_steps(graph.document)
        for written in graph.steps
    )
    if run.state == "CANCELLED":
        assert run.told()[-1] == "cancelled"
    else:
        assert run.state == ("FAILED" if unhandled else "COMPLETED")


def handled_steps(document: Any) -> set[int]:
    """The steps that some other waits for with ``failure`` or ``always``."""
    names = [written["name"] for written in document["steps"]]
    edges = [edge for written in document["steps"] for edge in written["dependsOn"]]
    return {names.index(edge["step"]) for edge in edges if edge["on"] in ("failure", "always")}


@ENGINE
@given(runs())
def test_nothing_is_left_open(run: Watched):
    workflow = run.workflow
    assert (workflow.busy, list(workflow.running), workflow.ended_jobs) == (set(), [], len(workflow.jobs))
    assert is_over(run.statuses.values())
    assert (workflow.due_at, [job.due_at for job in workflow.jobs if job.due_at]) == (None, [])


# -- the order of things --------------------------------------------------------------------------


def expected(document: Any, fates: dict[str, bool]) -> dict[str, str]:
    """What the contract says of each job, told from what its own attempt would come to: no engine, no order."""
    statuses: dict[str, str] = {}
    for written in document["steps"]:
        statuses[written["name"]] = _expected(written, statuses, fates)
    return statuses


def _expected(written: Any, statuses: dict[str, str], fates: dict[str, bool]) -> str:
    holds = {
        "success": ("COMPLETED", "SKIPPED condition"),
        "failure": ("FAILED",),
        "always": ("COMPLETED", "FAILED", "SKIPPED condition", "SKIPPED upstream"),
    }
    if any(statuses[edge["step"]] not in holds[edge["on"]] for edge in written["dependsOn"]):
        return "SKIPPED upstream"
    when = written.get("when", "true")
    if when == "input.none.deeper":
        return "FAILED"
    if when.startswith("steps."):
        when = str(statuses[when.split(".")[1]] == "COMPLETED").lower()
    if when == "false":
        return "SKIPPED condition"
    return "COMPLETED" if fates[written["name"]] else "FAILED"


@THOROUGH
@given(documents(fail_fast=False), st.data())
def test_jobs_end_as_the_contract_says_in_whichever_order_they_run(document: Any, data: st.DataObject):
    run = new_run(document)
    names = list(run.workflow.graph.index)
    fates = {name: data.draw(st.booleans(), label=name) for name in names}
    while not run.workflow.ended:
        act = data.draw(st.sampled_from(run.possible(outside=False)))
        if act.verb in ("succeed", "ring", "fail", "lose"):
            act = verdict(run, act.name, fates)
        run.do(act)
    assert run.statuses == expected(document, fates)


def verdict(run: Watched, name: str, fates: dict[str, bool]) -> Act:
    """What its fate makes of a job that runs, waits or waits for another try."""
    if run.status(name) == "RETRYING":
        return Act("ring", name)
    if run.status(name) == "WAITING":
        return Act("ring" if fates[name] else "give_up", name)
    return Act("succeed" if fates[name] else "fail", name)


# -- entries twice, late, and in the wrong order --------------------------------------------------


def replayed(run: Watched, order: list[int]) -> Watched:
    """The same workflow, given these of the run's entries."""
    again = Watched(run.workflow.graph, run.workflow.input)
    for place in order:
        again.now = run.times[place]
        again.play(run.entries[place])
    return again


def outcome(run: Watched) -> Any:
    times = [(job.started_at, job.finished_at, job.attempt, job.error) for job in run.workflow.jobs]
    return run.state, run.statuses, run.outputs, run.workflow.output, run.workflow.error, times


@THOROUGH
@given(runs())
def test_the_same_entries_give_the_same_workflow(run: Watched):
    again = replayed(run, list(range(len(run.entries))))
    assert (outcome(again), again.events, again.timers) == (outcome(run), run.events, run.timers)


@THOROUGH
@given(runs(), st.data())
def test_entries_that_come_again_at_any_later_time_change_nothing(run: Watched, data: st.DataObject):
    order = list(range(len(run.entries)))
    # A command is answered once, by its row; every other entry may come again.
    entries = [place for place in order if isinstance(run.entries[place], Entry)]
    for place in data.draw(st.lists(st.sampled_from(entries), max_size=20) if entries else st.just([])):
        at = data.draw(st.integers(order.index(place) + 1, len(order)))
        order.insert(at, place)
    again = replayed(run, order)
    assert (outcome(again), again.events) == (outcome(run), run.events)


@THOROUGH
@given(runs(outside=False), st.data())
def test_entries_in_any_order_never_change_what_has_ended(run: Watched, data: st.DataObject):
    order = data.draw(st.permutations(range(len(run.entries))))
    # A watched run looks at that itself.
    replayed(run, order).finish()


@THOROUGH
@given(runs(outside=False, cancels=False), st.data())
def test_entries_that_get_lost_leave_a_workflow_that_can_end(run: Watched, data: st.DataObject):
    kept = data.draw(st.lists(st.sampled_from(range(len(run.entries))), unique=True).map(sorted))
    replayed(run, kept).finish()
