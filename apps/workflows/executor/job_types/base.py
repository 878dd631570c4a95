"""Job types: step types that an executor can run.

A plugin offers one as an entry point of the group ``baseshift.job_types``.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from apps.core.expressions.placeholders import MissingPath, PlaceholderError, Secret, SecretMissing, resolve
from apps.core.schema.json_schema import Problem, problems
from apps.templates.documents.step_types import StepType


@dataclass(frozen=True)
class JobContext:
    """One attempt of one job."""

    workflow_id: str
    job_id: str
    # From 1.
    attempt: int
    # The same for every attempt.
    idempotency_key: str
    # The workflow's input.
    input: Any
    # ``input``, ``steps`` and ``workflow`` as expressions see them.
    data: Mapping[str, Any]
    # By time.monotonic.
    deadline: float
    # Set when the result is wanted no more.
    cancelled: threading.Event
    # Entries of EGRESS_ALLOW.
    egress: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobResult:
    """The result of an attempt: ``steps.NAME.output`` and, for a call over HTTP, ``steps.NAME.response``."""

    output: Any
    response: Any = None


class JobFailed(Exception):
    """An attempt that failed.

    ``code`` decides whether it is tried again: ``timeout``, ``connect``, ``http_NNN``, ``validation``, ``missing_path``,
    ``secret_missing``, ``egress_refused``, ``too_large`` or ``error``. ``message`` and ``details`` are shown to people
    and never hold secrets or the values that were looked at. ``retry_after``: not before so many seconds.
    """

    def __init__(
        self, code: str, message: str, *, details: list[dict[str, str]] | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or []
        self.retry_after = retry_after


class JobType(Protocol):
    """A step type that executors run: ``spec`` describes its steps, ``run`` runs one in a thread of the executor."""

    @property
    def spec(self) -> StepType: ...

    def run(self, config: Mapping[str, Any], context: JobContext) -> JobResult:
        """Return the result of one attempt; raises JobFailed. ``config`` comes from ``fill``."""
        ...


def fill(spec: StepType, config: Mapping[str, Any], data: Mapping[str, Any], secret: Secret | None) -> dict[str, Any]:
    """Return ``config`` with its placeholders filled in, as its type wants it. Raises JobFailed.

    What the schema says of a value is asked here again: when the template was checked, placeholders had no value yet.
    """
    try:
        filled = {
            key: value if key in spec.expressions else resolve(value, data, secret) for key, value in config.items()
        }
    except MissingPath as error:
        raise JobFailed("missing_path", str(error)) from None
    except SecretMissing as error:
        raise JobFailed("secret_missing", str(error)) from None
    except PlaceholderError as error:
        raise JobFailed("error", error.message) from None
    if filled != config:
        _check(spec, filled)
    return filled


def _check(spec: StepType, config: Mapping[str, Any]) -> None:
    broken: list[Problem] = problems(spec.config_schema, config)
    if not broken and spec.check:
        broken = spec.check(config)
    if broken:
        details = [{"path": problem.pointer, "message": problem.message} for problem in broken]
        raise JobFailed("error", f"the config does not fit: {broken[0].pointer} {broken[0].message}", details=details)
