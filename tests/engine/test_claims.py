"""An executor's entries count only with the attempt and the claim on record."""

import pytest

from apps.workflows.engine.entries import Kind
from tests.engine.driver import started, step

OUTPUT = {"output": {"n": 1}}
ERROR = {"error": {"code": "error", "message": "it broke"}}
REPORTS = [(Kind.SUCCEEDED, OUTPUT), (Kind.FAILED, ERROR), (Kind.LOST, None)]


def test_a_claim_runs_the_job():
    run = started(step("a"))
    run.claim("a", "mine")
    assert (run.status("a"), run.job("a").claim) == ("RUNNING", "mine")
    assert (run.attempts["a", 1].claim, run.attempts["a", 1].executor) == ("mine", "executor-1")


def test_the_first_claim_holds():
    run = started(step("a"))
    run.claim("a", "first")
    run.claim("a", "second")
    assert (run.job("a").claim, run.told("a")) == ("first", ["queued", "started"])


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_claim_of_another_attempt_takes_nothing(attempt: int):
    run = started(step("a"))
    run.enter(Kind.CLAIMED, job="a", attempt=attempt, claim="mine", executor="executor-1")
    assert run.status("a") == "QUEUED"


def test_a_claim_of_a_job_that_waits_for_others_takes_nothing():
    run = started(step("a"), step("b"))
    run.enter(Kind.CLAIMED, job="b", attempt=0, claim="mine")
    assert run.status("b") == "PENDING"


@pytest.mark.parametrize(("kind", "data"), REPORTS)
def test_a_report_with_another_claim_changes_nothing(kind: Kind, data: object):
    run = started(step("a", retry={}))
    run.claim("a", "mine")
    run.report(kind, "a", claim="others", data=data)
    assert (run.status("a"), run.job("a").attempt) == ("RUNNING", 1)


@pytest.mark.parametrize(("kind", "data"), REPORTS)
@pytest.mark.parametrize("attempt", [1, 3])
def test_a_report_of_another_attempt_changes_nothing(kind: Kind, data: object, attempt: int):
    run = started(step("a", retry={}))
    run.break_down("a")
    run.ring("a")
    run.claim("a", "mine")
    run.report(kind, "a", attempt=attempt, data=data)
    assert (run.status("a"), run.job("a").attempt) == ("RUNNING", 2)


@pytest.mark.parametrize(("kind", "data"), REPORTS)
def test_a_report_without_a_claim_changes_nothing(kind: Kind, data: object):
    run = started(step("a"))
    run.report(kind, "a", claim="mine", data=data)
    assert (run.status("a"), run.job("a").attempt) == ("QUEUED", 1)


@pytest.mark.parametrize(("kind", "data"), REPORTS)
def test_a_second_report_changes_nothing(kind: Kind, data: object):
    run = started(step("a"), step("b"))
    run.claim("a", "mine")
    run.succeed("a", {"n": 0})
    run.report(kind, "a", data=data)
    assert (run.status("a"), run.outputs["a"].output, run.told("a")[-1]) == ("COMPLETED", {"n": 0}, "completed")


def test_a_report_that_came_too_late_is_kept_as_evidence():
    run = started(step("a"), step("b"))
    run.claim("a", "mine")
    run.lose("a")
    run.report(Kind.LATE, "a", attempt=1, claim="mine", executor="executor-1", data=OUTPUT)
    assert run.late == {("a", 1): {"claim": "mine", "executor": "executor-1", "report": OUTPUT}}
    assert run.status("a") == "QUEUED"


def test_evidence_is_kept_of_a_workflow_that_has_ended():
    run = started(step("a"))
    run.claim("a", "mine")
    run.cancel()
    run.report(Kind.LATE, "a", attempt=1, claim="mine", data=OUTPUT)
    assert run.late["a", 1]["report"] == OUTPUT


def test_a_loss_that_came_too_late_is_no_report():
    run = started(step("a"), step("b"))
    run.claim("a", "mine")
    run.put("a", "COMPLETED")
    run.report(Kind.LOST, "a", claim="mine", data=None)
    assert run.late == {}


@pytest.mark.parametrize("kind", [Kind.CLAIMED, Kind.SUCCEEDED, Kind.FAILED, Kind.LOST, Kind.LATE, Kind.TIMER])
def test_an_entry_of_an_unknown_job_changes_nothing(kind: Kind):
    run = started(step("a"))
    run.enter(kind, job="nobody", attempt=1, claim="mine", data=OUTPUT)
    assert run.statuses == {"a": "QUEUED"}


# -- going on with the next job -------------------------------------------------------------------


def test_an_executor_goes_on_with_the_next_job():
    #   a ── b
    run = started(step("a"), step("b"))
    run.claim("a")
    run.succeed("a", following="b")
    assert run.statuses == {"a": "COMPLETED", "b": "RUNNING"}
    assert (run.job("b").claim, run.job("b").attempt, run.told("b")) == ("b#1", 1, ["queued", "started"])
    run.succeed("b", {"n": 2})
    assert (run.state, run.workflow.output) == ("COMPLETED", {"n": 2})


@pytest.mark.parametrize(
    ("steps", "following"),
    [
        ([step("a"), step("b")], "b"),
        ([step("a"), step("b", on={"a": "always"})], "b"),
        ([step("a"), step("b", on={"a": "failure"})], None),
        ([step("a"), step("b", when="true")], None),
        ([step("a"), step("b", dependsOn=["a"]), step("c", dependsOn=["a"])], None),
        ([step("a"), step("b", dependsOn=["a", "c"]), step("c", dependsOn=[])], None),
        ([step("a"), step("b", "wait", config={"duration": "1s"})], None),
        ([step("a", "external_api_call", config={"api_endpoint": "https://example.org"}), step("b")], None),
        ([step("a")], None),
    ],
    ids=["line", "always", "failure", "condition", "two children", "two parents", "timer", "not repeatable", "alone"],
)
def test_only_a_line_without_a_choice_is_gone_on_with(steps: list[dict[str, object]], following: str | None):
    graph = started(*steps).workflow.graph
    number = graph.following[0]
    assert (None if number is None else graph.steps[number].name) == following
