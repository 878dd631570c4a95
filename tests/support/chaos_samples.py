"""The mixed graphs that are run while parts are killed, and what each must come to whatever happens."""

from dataclasses import dataclass
from typing import Any

OK = "COMPLETED"


@dataclass(frozen=True)
class Sample:
    """A template, and the state and statuses that every workflow of it ends with."""

    document: dict[str, Any]
    state: str
    statuses: dict[str, str]

    @property
    def template_id(self) -> str:
        return str(self.document["templateId"])

    @property
    def called(self) -> list[str]:
        """The jobs that call the ledger."""
        types = {step["name"]: step["type"] for step in self.document["steps"]}
        return [name for name, status in self.statuses.items() if status != "SKIPPED" and types[name] == CALL]


CALL = "external_api_call"


def samples(url: str) -> list[Sample]:
    """One of each kind; ``url`` is the ledger's."""
    return [_line(url), _diamond(url), _flaky(url), _refused(url), _handled(url), _waits(url), _chosen(url), _run()]


def gated(url: str, steps: int = 1) -> dict[str, Any]:
    """A line whose first job hangs in the ledger until the gate is opened, or until it is called again."""
    rest = [_call(url, f"after{number}") for number in range(1, steps)]
    return _document("gated", [_call(url, "held", "/gate"), *rest])


def patient() -> dict[str, Any]:
    """A timer that ends in time only by a report from outside, whose output is the workflow's."""
    timer = _step("timer1", "wait", config={"duration": "1h"})
    return _document("patient", [timer], output="${steps.timer1.output}")


def _line(url: str) -> Sample:
    # a - b - call - c - copy - last
    copy = _step("copy", "transform", config={"output": {"entered": "${steps.call.output.entered}"}})
    steps = [_noop("a"), _noop("b"), _call(url, "call"), _noop("c"), copy, _call(url, "last")]
    return _completed(_document("line", steps, output="${steps.copy.output}"))


def _diamond(url: str) -> Sample:
    #         - b1 -
    #  first <- b2 -> join - last
    #         - b3 -
    branches = [_call(url, f"b{number}", dependsOn=["first"]) for number in (1, 2, 3)]
    outputs = [f"${{steps.b{number}.output.entered}}" for number in (1, 2, 3)]
    join = _step("join", "transform", config={"output": outputs}, dependsOn=["b1", "b2", "b3"])
    return _completed(_document("diamond", [_call(url, "first"), *branches, join, _call(url, "last")]))


def _flaky(url: str) -> Sample:
    # busy (the first try fails) - after
    retry = {"maxAttempts": 3, "initialDelay": "50ms"}
    return _completed(_document("flaky", [_call(url, "busy", "/flaky", retry=retry), _noop("after")]))


def _refused(url: str) -> Sample:
    # first - no (fails) - never
    document = _document("refused", [_call(url, "first"), _call(url, "no", "/refuse"), _noop("never")])
    return Sample(document, "FAILED", {"first": OK, "no": "FAILED", "never": "SKIPPED"})


def _handled(url: str) -> Sample:
    # no (fails) - amends (on failure) - anyway (always)
    amends = _call(url, "amends", dependsOn=[{"step": "no", "on": "failure"}])
    anyway = _noop("anyway", dependsOn=[{"step": "amends", "on": "always"}])
    document = _document("handled", [_call(url, "no", "/refuse"), amends, anyway])
    return Sample(document, OK, {"no": "FAILED", "amends": OK, "anyway": OK})


def _waits(url: str) -> Sample:
    # before - timer - after
    timer = _step("timer", "wait", config={"duration": "200ms"})
    return _completed(_document("waits", [_call(url, "before"), timer, _call(url, "after")]))


def _chosen(url: str) -> Sample:
    # choice - not this (its condition is false) - last
    choice = _step("choice", "transform", config={"output": {"take": False}})
    skipped = _call(url, "not_this", when="steps.choice.output.take")
    document = _document("chosen", [choice, skipped, _call(url, "last")])
    return Sample(document, OK, {"choice": OK, "not_this": "SKIPPED", "last": OK})


def _run() -> Sample:
    # n0 - n1 - ... - n19, handed over from one to the next
    return _completed(_document("run", [_noop(f"n{number}") for number in range(20)]))


def _completed(document: dict[str, Any]) -> Sample:
    return Sample(document, OK, {step["name"]: OK for step in document["steps"]})


def _document(name: str, steps: list[dict[str, Any]], **keys: Any) -> dict[str, Any]:
    schemas: dict[str, Any] = {"inputSchema": {}, "outputSchema": {}}
    return {"templateId": name, "version": "1.0.0", "steps": steps, **schemas, **keys}


def _step(name: str, kind: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "config": {}, **keys}


def _noop(name: str, **keys: Any) -> dict[str, Any]:
    return _step(name, "noop", **keys)


def _call(url: str, name: str, path: str = "/ok", **keys: Any) -> dict[str, Any]:
    return _step(name, CALL, config={"api_endpoint": url + path, "method": "POST", "body": {}}, **keys)
