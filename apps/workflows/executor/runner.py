"""Runs one claimed job: fills its config, calls its type, and makes a report of what came of it."""

import json
import logging
import os
import traceback
from typing import Any

from apps.core.expressions import placeholders
from apps.workflows.executor.claims import AttemptReport, Claim
from apps.workflows.executor.job_types.base import JobContext, JobFailed, fill
from apps.workflows.executor.job_types.registry import JOB_TYPES
from apps.workflows.executor.json_lock import JSON_LOCK, MAX_OUTCOME_BYTES

logger = logging.getLogger(__name__)

MAX_MESSAGE_LENGTH = 2000
MASK = "****"
# A mask for a shorter one would hide ordinary words.
MIN_MASKED_LENGTH = 4


def run(claim: Claim, egress: tuple[str, ...]) -> AttemptReport:
    """Run the job to its end. Whatever it raises becomes a failure: nothing of a job stops an executor."""
    secrets = Secrets()
    try:
        return _success(_outcome(claim, secrets, egress), secrets)
    except JobFailed as failure:
        return _failure(failure, secrets)
    except Exception as error:  # noqa: BLE001
        # The traceback quotes what the type was given.
        trace = secrets.mask(traceback.format_exc())
        extra = {"workflow_id": claim.workflow_id, "job_id": claim.job_id, "attempt": claim.attempt, "traceback": trace}
        logger.error("job_type_crashed", extra=extra)  # noqa: TRY400
        return _failure(JobFailed("error", f"{type(error).__name__}: {error}"), secrets)


def timed_out(claim: Claim) -> AttemptReport:
    seconds = claim.payload["timeout"]
    return _failure(JobFailed("timeout", f"it took longer than its {seconds:g} s"), Secrets())


def handed_back() -> AttemptReport:
    """Return the report of an attempt that a stopping executor cannot finish: it counts as lost, not as failed."""
    return AttemptReport("lost", "")


class Secrets:
    """Secrets of the executor's environment, remembering which were used so that messages can hide them."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def get(self, name: str) -> str:
        value = os.environ.get(placeholders.SECRET_PREFIX + name, "")
        if not value:
            raise placeholders.SecretMissing(name)
        self._used.add(value)
        return value

    def mask(self, value: Any) -> Any:
        """``value`` with every used secret replaced, wherever it stands."""
        if isinstance(value, str):
            for secret in sorted(self._used, key=len, reverse=True):
                if len(secret) >= MIN_MASKED_LENGTH:
                    value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {key: self.mask(item) for key, item in value.items()}
        return [self.mask(item) for item in value] if isinstance(value, list) else value


def _outcome(claim: Claim, secrets: Secrets, egress: tuple[str, ...]) -> dict[str, Any]:
    job_type = JOB_TYPES.get(claim.payload["type"])
    if job_type is None:
        raise JobFailed("error", f"this executor has no job type {claim.payload['type']!r}")
    base = claim.base
    data = {**base, "steps": {name: _seen(outcome) for name, outcome in claim.outcomes.items()}}
    context = JobContext(
        workflow_id=claim.workflow_id,
        job_id=claim.job_id,
        attempt=claim.attempt,
        # The same for every attempt: whoever is called can recognise a repeat.
        idempotency_key=f"{claim.workflow_id}.{claim.job_id}",
        input=base.get("input"),
        data=data,
        deadline=claim.deadline,
        cancelled=claim.gone,
        egress=egress,
    )
    result = job_type.run(fill(job_type.spec, claim.payload["config"], data, secrets.get), context)
    outcome = {"output": result.output}
    if result.response is not None:
        outcome["response"] = result.response
    return outcome


def _seen(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return a step's outcome as placeholders see it; what an executor reported had completed."""
    return {"status": "COMPLETED", "response": None, **outcome}


def _success(outcome: dict[str, Any], secrets: Secrets) -> AttemptReport:
    with JSON_LOCK:
        data = json.dumps(clean(outcome), allow_nan=False)
    if len(data) > MAX_OUTCOME_BYTES:
        return _failure(JobFailed("too_large", f"its outcome is larger than {MAX_OUTCOME_BYTES} bytes"), secrets)
    return AttemptReport("succeeded", data)


def _failure(failure: JobFailed, secrets: Secrets) -> AttemptReport:
    error: dict[str, Any] = {"code": failure.code, "message": failure.message[:MAX_MESSAGE_LENGTH]}
    if failure.details:
        error["details"] = failure.details
    data: dict[str, Any] = {"error": secrets.mask(clean(error))}
    if failure.retry_after is not None:
        data["retryAfter"] = failure.retry_after
    return AttemptReport("failed", json.dumps(data))


def clean(value: Any) -> Any:
    """JSON without what no database column takes: NUL and lone surrogates become U+FFFD."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dict):
        return {_clean_text(str(key)): clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def _clean_text(text: str) -> str:
    text = text.replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text
