"""The bodies of the calls, checked against ``schemas`` and read into what the services take."""

import json
from dataclasses import dataclass
from typing import Any

from apps.core.api.bodies import require_valid
from apps.core.errors import Invalid
from apps.core.schema.compiled import CompiledSchema
from apps.core.schema.json_schema import Problem
from apps.workflows.services.requests import StartRequest
from apps.workflows.wire import schemas

MAX_IDEMPOTENCY_KEY = 200
# As much as an executor may report (engine.md: reports are bounded).
MAX_OUTPUT_BYTES = 256 * 1024

_START = CompiledSchema(schemas.START)
_BATCH = CompiledSchema(schemas.BATCH)
_REPORT = CompiledSchema(schemas.REPORT)


def start_request(body: Any) -> StartRequest:
    """Return the body of ``POST /workflows``. Raises :class:`Invalid`."""
    require_valid(_START, body)
    return _start_request(body)


def batch(body: Any) -> list[StartRequest]:
    """Return the body of ``POST /workflows/batch``. Raises :class:`Invalid`."""
    require_valid(_BATCH, body)
    return [_start_request(item) for item in body["workflows"]]


def _start_request(body: dict[str, Any]) -> StartRequest:
    return StartRequest(
        template_id=body["templateId"],
        version=body.get("version"),
        input=body["input"],
        priority=body.get("priority"),
        labels=body.get("labels", {}),
    )


@dataclass(frozen=True, slots=True)
class JobReport:
    """The body of ``PUT /workflows/{id}/jobs/{jobId}``."""

    # RUNNING, COMPLETED or FAILED.
    status: str
    # The attempt that is reported on, from 1; None: the current one.
    attempt: int | None
    # What the job produced, as JSON; only of one that COMPLETED.
    output: Any
    # ``code``, ``message`` and ``details`` of why it FAILED.
    error: dict[str, Any] | None


def report(body: Any) -> JobReport:
    """Return the body of a report. Raises :class:`Invalid`."""
    problems = _REPORT.problems(body)
    if isinstance(body, dict):
        problems += _misplaced(body)
    if problems:
        raise Invalid(problems)
    attempt = body.get("attempt")
    return JobReport(
        status=body["status"],
        # JSON Schema takes 2.0 for an integer, too.
        attempt=None if attempt is None else int(attempt),
        output=body.get("output"),
        error=_error(body.get("error")),
    )


def _misplaced(body: dict[str, Any]) -> list[Problem]:
    """Return problems that the schema cannot name: ``output`` comes with COMPLETED alone, ``error`` with FAILED alone."""
    found = []
    if "output" in body and body.get("status") != "COMPLETED":
        found.append(Problem("/output", "comes with the status COMPLETED alone"))
    if "error" in body and body.get("status") != "FAILED":
        found.append(Problem("/error", "comes with the status FAILED alone"))
    if len(json.dumps(body.get("output"))) > MAX_OUTPUT_BYTES:
        found.append(Problem("/output", f"must have at most {MAX_OUTPUT_BYTES} bytes of JSON"))
    return found


def _error(given: str | dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the error as the contract writes it; a text is the message of one."""
    if given is None:
        return None
    error = {"message": given} if isinstance(given, str) else given
    return {"code": "error", "message": "reported as failed", "details": [], **error}


def idempotency_key(value: str | None) -> str | None:
    """Return the header ``Idempotency-Key``. Raises :class:`Invalid` unless it is short and printable."""
    if value is not None and not (1 <= len(value) <= MAX_IDEMPOTENCY_KEY and value.isascii() and value.isprintable()):
        raise Invalid([Problem("", f"Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters")])
    return value
