"""The bodies of the calls, read into what the services take."""

import json
from dataclasses import dataclass
from typing import Any

from apps.core.api.bodies import Body
from apps.core.errors import Invalid
from apps.core.schema.json_schema import Problem
from apps.workflows.services.requests import StartRequest

MAX_BATCH = 1000
MAX_PRIORITY = 1_000_000
MAX_LABELS = 64
MAX_LABEL_KEY = 100
MAX_LABEL_VALUE = 255
MAX_IDEMPOTENCY_KEY = 200
# As much as an executor may report (engine.md: reports are bounded).
MAX_OUTPUT_BYTES = 256 * 1024
MAX_DETAILS = 100
REPORTED = ("RUNNING", "COMPLETED", "FAILED")


def start_request(value: Any) -> StartRequest:
    """The body of ``POST /workflows``."""
    problems: list[Problem] = []
    request = _start_request(value, "", problems)
    if request is None:
        raise Invalid(problems)
    return request


def batch(value: Any) -> list[StartRequest]:
    """The body of ``POST /workflows/batch``."""
    body = Body(value, known=("workflows",), required=("workflows",))
    items = body.of_type("workflows", list, "a list") or []
    if "workflows" in body.value and not body.problems and not 1 <= len(items) <= MAX_BATCH:
        body.wrong("workflows", f"must have 1 to {MAX_BATCH} items")
    body.settle()
    requests = [_start_request(item, f"/workflows/{index}", body.problems) for index, item in enumerate(items)]
    if body.problems:
        raise Invalid(body.problems)
    return [request for request in requests if request is not None]


def _start_request(value: Any, pointer: str, problems: list[Problem]) -> StartRequest | None:
    before = len(problems)
    body = Body(
        value,
        known=("templateId", "version", "input", "priority", "labels"),
        required=("templateId", "input"),
        pointer=pointer,
        problems=problems,
    )
    template_id = body.text("templateId", longest=100)
    version = body.text("version", longest=200)
    priority = body.number("priority", minimum=-MAX_PRIORITY, maximum=MAX_PRIORITY)
    labels = _labels(body)
    if len(problems) > before or template_id is None:
        return None
    return StartRequest(template_id, version, body.value["input"], priority, labels)


def _labels(body: Body) -> dict[str, str]:
    labels: dict[str, Any] = body.of_type("labels", dict, "an object") or {}
    if len(labels) > MAX_LABELS:
        body.wrong("labels", f"must have at most {MAX_LABELS} keys")
        return {}
    texts = Body(labels, known=labels.keys(), pointer=f"{body.pointer}/labels", problems=body.problems)
    for key in labels:
        if not 1 <= len(key) <= MAX_LABEL_KEY:
            texts.wrong(key, f"a label's key has 1 to {MAX_LABEL_KEY} characters")
        texts.text(key, shortest=0, longest=MAX_LABEL_VALUE)
    return labels


@dataclass(frozen=True, slots=True)
class JobReport:
    """The body of the job PUT. ``error`` has ``code``, ``message`` and ``details``."""

    status: str
    attempt: int | None
    output: Any
    error: dict[str, Any] | None


def report(value: Any) -> JobReport:
    """``output`` comes with COMPLETED alone, ``error`` with FAILED alone."""
    body = Body(value, known=("status", "attempt", "output", "error"), required=("status",))
    status = body.of_type("status", str, "a text")
    if status is not None and status not in REPORTED:
        body.wrong("status", f"must be one of {', '.join(REPORTED)}")
    attempt = body.whole("attempt", minimum=1, maximum=1_000_000)
    if "output" in body.value and status != "COMPLETED":
        body.wrong("output", "comes with the status COMPLETED alone")
    if "error" in body.value and status != "FAILED":
        body.wrong("error", "comes with the status FAILED alone")
    if len(json.dumps(body.value.get("output"))) > MAX_OUTPUT_BYTES:
        body.wrong("output", f"must have at most {MAX_OUTPUT_BYTES} bytes of JSON")
    error = _error(body)
    body.settle()
    return JobReport(str(status), attempt, body.value.get("output"), error)


def _error(report: Body) -> dict[str, Any] | None:
    """An object as the contract writes errors, or a text, which is its message."""
    given = report.value.get("error")
    if given is None:
        return None
    if isinstance(given, str):
        given = {"message": given}
    body = Body(given, known=("code", "message", "details"), pointer="/error", problems=report.problems)
    code = body.text("code", longest=100)
    message = body.text("message", longest=10_000)
    details = body.of_type("details", list, "a list") or []
    if len(details) > MAX_DETAILS:
        body.wrong("details", f"must have at most {MAX_DETAILS} items")
    for index, detail in enumerate(details[:MAX_DETAILS]):
        item = Body(
            detail, known=("rule", "path", "message"), pointer=f"/error/details/{index}", problems=report.problems
        )
        for name in ("rule", "path", "message"):
            item.text(name, longest=1000)
    return {"code": code or "error", "message": message or "reported as failed", "details": details}


def idempotency_key(value: str | None) -> str | None:
    """The header ``Idempotency-Key``."""
    if value is not None and not (1 <= len(value) <= MAX_IDEMPOTENCY_KEY and value.isascii() and value.isprintable()):
        raise Invalid([Problem("", f"Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters")])
    return value
