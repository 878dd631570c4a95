"""``external_api_call``: one call over HTTP, within limits of time, size and address."""

import json
import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from apps.core import durations
from apps.core.egress import EgressRefused
from apps.core.schema.json_schema import Problem
from apps.templates.documents.step_types import StepType
from apps.workflows.executor import json_lock
from apps.workflows.executor.http import requests
from apps.workflows.executor.http.content import ResponseTooLarge, value_of
from apps.workflows.executor.http.requests import BadRequest
from apps.workflows.executor.job_types.base import JobContext, JobFailed, JobResult

if TYPE_CHECKING:
    from apps.workflows.executor.http.client import Response

DEFAULT_MAX_BYTES = 1024 * 1024
# Eight slots may each hold an answer, its text and its value, in 128 MiB for everything.
MAX_MAX_BYTES = 4 * 1024 * 1024
MAX_RETRY_AFTER_SECONDS = 86_400.0

_SCALAR = ["string", "number", "boolean", "null"]


def _check(config: Mapping[str, Any]) -> list[Problem]:
    return list(requests.problems(config))


def _check_written(config: Mapping[str, Any]) -> list[Problem]:
    return list(requests.written_problems(config))


class ExternalApiCall:
    """``body`` goes as JSON unless a ``Content-Type`` header says otherwise; ``null`` sends none."""

    spec = StepType(
        name="external_api_call",
        config_schema={
            "type": "object",
            "properties": {
                "api_endpoint": {"type": "string", "minLength": 1},
                "method": {"enum": list(requests.METHODS)},
                "headers": {"type": "object", "additionalProperties": {"type": _SCALAR}},
                "query": {
                    "type": "object",
                    "additionalProperties": {"type": [*_SCALAR, "array"], "items": {"type": _SCALAR}},
                },
                "body": True,
                "expect": {
                    "type": ["array", "integer", "string"],
                    "minItems": 1,
                    "items": {"type": ["integer", "string"]},
                },
                "timeout": {"type": "string"},
                "maxBytes": {"type": "integer", "minimum": 1, "maximum": MAX_MAX_BYTES},
            },
            "required": ["api_endpoint"],
            "additionalProperties": False,
        },
        check=_check,
        check_written=_check_written,
    )

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        try:
            request = requests.read(config, context.input, context.idempotency_key)
        except BadRequest as error:
            raise JobFailed("error", str(error)) from None
        answer = _send(request, config, context)
        if not requests.is_expected(answer.status, config.get("expect", ["2xx"])):
            message = f"{answer.host} answered with status {answer.status}"
            raise JobFailed(f"http_{answer.status}", message, retry_after=_retry_after(answer, time.time()))
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        return JobResult(_output(answer), {"status": answer.status, "headers": headers})


def _send(request: requests.Request, config: Mapping[str, Any], context: JobContext) -> "Response":
    # Loaded by the first call: executors whose jobs make none go without the HTTP library.
    import httpcore

    from apps.workflows.executor.http import client
    from apps.workflows.executor.http.network import CallCancelled, CallLimits

    host = requests.host(request)
    max_bytes = config.get("maxBytes", DEFAULT_MAX_BYTES)
    seconds = durations.parse(config["timeout"]) if "timeout" in config else math.inf
    try:
        return client.send(
            request,
            accepts=lambda status: requests.is_expected(status, config.get("expect", ["2xx"])),
            max_bytes=max_bytes,
            limits=CallLimits(min(context.deadline, time.monotonic() + seconds), context.cancelled),
            allowed=context.egress,
        )
    except BadRequest as error:
        raise JobFailed("error", str(error)) from None
    except EgressRefused as error:
        raise JobFailed("egress_refused", str(error)) from None
    except client.RedirectRefused as error:
        raise JobFailed("redirect", str(error)) from None
    except ResponseTooLarge:
        raise JobFailed("too_large", f"{host} answered with more than {max_bytes:,} bytes") from None
    except CallCancelled:
        raise JobFailed("error", "the job was cancelled") from None
    except httpcore.TimeoutException:
        raise JobFailed("timeout", f"{host} did not answer in time") from None
    except httpcore.ConnectError:
        raise JobFailed("connect", f"{host} cannot be connected to") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise JobFailed("error", f"the exchange with {host} broke off ({type(error).__name__})") from None


def _retry_after(answer: "Response", now: float) -> float | None:
    """Return the seconds that a busy server asks for: a number of them, or a date."""
    text = (answer.lines.get("retry-after") or [""])[0].strip()
    if answer.status not in (429, 503) or not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _output(answer: "Response") -> Any:
    if answer.body is None:
        return {"text": None}
    if json_lock.is_surely_too_large(answer.body):
        raise _too_large(answer)
    with json_lock.JSON_LOCK:
        output = value_of(answer.body, answer.headers.get("content-type", ""))
        # What is of no use is not kept until it is written.
        if len(answer.body) > json_lock.MAX_OUTCOME_BYTES and len(json.dumps(output)) > json_lock.MAX_OUTCOME_BYTES:
            raise _too_large(answer)
    return output


def _too_large(answer: "Response") -> JobFailed:
    return JobFailed("too_large", f"the answer of {answer.host} is larger than {json_lock.MAX_OUTCOME_BYTES:,} bytes")
