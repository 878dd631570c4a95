"""Any template and anything that may happen to its workflow, for Hypothesis."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from apps.workflows.engine.entries import Command, CommandResult, Entry
from apps.workflows.engine.graph import compile
from apps.workflows.engine.states import JobStatus
from tests.engine.driver import TYPES, Run, step, wait, written_out

EDGES = st.sampled_from(["success", "success", "success", "always", "failure"])
RETRY = st.sampled_from([None, None, {"maxAttempts": 2}, {"maxAttempts": 3, "initialDelay": "0s"}])
CODES = st.sampled_from(["error", "http_503", "validation"])

# What may happen next to a job of this status: the first alone always brings it to an end.
INSIDE = {
    JobStatus.QUEUED: ["claim"],
    JobStatus.RUNNING: ["succeed", "fail", "lose"],
    JobStatus.WAITING: ["ring"],
    JobStatus.RETRYING: ["ring"],
}
OUTSIDE = {
    JobStatus.QUEUED: ["begin", "finish", "give_up"],
    JobStatus.RUNNING: ["finish", "give_up"],
    JobStatus.WAITING: ["begin", "finish", "give_up"],
    JobStatus.RETRYING: ["finish", "give_up"],
}


@st.composite
def steps(draw: st.DrawFn, number: int, conditions: bool) -> dict[str, Any]:
    """The ``number``-th step: any parents before it, any condition over them."""
    parents = draw(st.lists(st.integers(0, number - 1), max_size=3, unique=True)) if number else []
    keys: dict[str, Any] = {"on": {f"s{parent}": draw(EDGES) for parent in parents}}
    retry = draw(RETRY)
    if retry is not None:
        keys["retry"] = retry
    if conditions:
        about = [f"steps.s{parent}.status == 'COMPLETED'" for parent in parents]
        when = draw(st.sampled_from([None, None, None, "true", "false", "input.none.deeper", *about]))
        if when is not None:
            keys["when"] = when
    return wait(f"s{number}", **keys) if draw(st.integers(0, 4)) == 0 else step(f"s{number}", **keys)


@st.composite
def documents(draw: st.DrawFn, *, conditions: bool = True, fail_fast: bool = True) -> dict[str, Any]:
    """A template of up to eight steps. That it passes the checks is a test of its own: checking costs the most."""
    written = [draw(steps(number, conditions)) for number in range(draw(st.integers(1, 8)))]
    return written_out(*written, failFast=fail_fast and draw(st.booleans()), output={"last": "${input}"})


@dataclass(frozen=True)
class Act:
    """Something that happens to a job, or, without a name, to the workflow."""

    verb: str
    name: str = ""
    code: str = "error"


class Watched(Run):
    """A run that looks at each entry whether it leaves alone what has ended."""

    def play(self, what: Entry | Command) -> CommandResult | None:
        before, state = dict(self.ended()), self.state
        answer = super().play(what)
        after = dict(self.ended())
        assert before == {name: after[name] for name in before}, f"{what} changed what had ended"
        assert state in ("INITIALIZED", "RUNNING") or state == self.state, f"{what} changed the ended workflow"
        return answer

    def ended(self) -> Iterator[tuple[str, Any]]:
        for name in self.workflow.graph.index:
            job = self.job(name)
            if job.ended:
                times = (job.started_at, job.finished_at)
                yield name, (self.status(name), job.attempt, times, job.error, self.outputs.get(name))

    def do(self, act: Act) -> None:
        match act.verb:
            case "start":
                self.start()
            case "cancel":
                self.cancel()
            case "begin":
                self.put(act.name, "RUNNING")
            case "finish":
                self.put(act.name, "COMPLETED", output={"by": "outside"})
            case "give_up":
                self.put(act.name, "FAILED", error={"code": act.code, "message": f"{len(self.entries)}"})
            case "fail":
                self.fail(act.name, act.code)
            case verb:
                getattr(self, verb)(act.name)

    def possible(self, *, outside: bool) -> list[Act]:
        """What may happen next, with acts ``outside`` the engine or without them."""
        if self.state == "INITIALIZED":
            return [Act("start")]
        found = []
        for name in self.workflow.graph.index:
            job = self.job(name)
            verbs = INSIDE.get(job.status, []) + (OUTSIDE.get(job.status, []) if outside else [])
            found += [Act(verb, name) for verb in verbs]
        return found

    def finish(self) -> "Watched":
        """Let everything that is left go well."""
        while not self.workflow.ended:
            acts = self.possible(outside=False)
            assert acts, f"nothing can happen any more: {self.statuses}"
            self.do(acts[0])
            assert len(self.entries) < 1000
        return self


def new_run(written: dict[str, Any]) -> Watched:
    return Watched(compile(written, TYPES), {"x": 1})


@st.composite
def runs(draw: st.DrawFn, *, outside: bool = True, cancels: bool = True, fail_fast: bool = True) -> Watched:
    """A workflow that has come to its end in any way."""
    run = new_run(draw(documents(fail_fast=fail_fast)))
    for _ in range(draw(st.integers(0, 40))):
        if run.workflow.ended:
            break
        acts = run.possible(outside=outside)
        if cancels and draw(st.integers(0, 30)) == 30:
            acts = [Act("cancel")]
        run.pass_time(draw(st.sampled_from([0, 0.001, 1, -5])))
        act = draw(st.sampled_from(acts))
        run.do(Act(act.verb, act.name, draw(CODES)) if act.verb in ("fail", "give_up") else act)
    return run.finish()
