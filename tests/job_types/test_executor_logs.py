"""What an executor writes of the jobs that it runs: people who operate pools read it."""

import json
from typing import Any

import pytest

from apps.templates.documents.step_types import StepType
from apps.workflows.executor import runner
from apps.workflows.executor.claims import Claim
from apps.workflows.executor.job_types.base import JobResult

SECRET = "sk_live_hunter2"


class Clumsy:
    """A plugin's type that breaks and quotes what it was given."""

    spec = StepType(name="clumsy", config_schema={"type": "object"})

    def run(self, config: dict[str, Any], context: object) -> JobResult:
        raise ValueError(f"cannot use {config['key']}")


def test_a_job_type_that_breaks_is_told_without_the_secret_it_was_given(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(runner, "JOB_TYPES", {"clumsy": Clumsy()})
    monkeypatch.setenv("BASESHIFT_SECRET_API_KEY", SECRET)
    payload = {"type": "clumsy", "config": {"key": "${API_KEY}"}, "timeout": 60.0}
    report = runner.run(Claim("w", "a", 1, "c", payload, b'{"input": null}', {}, alone=False), ())
    assert json.loads(report.data)["error"]["message"] == "ValueError: cannot use ****"
    (record,) = caplog.records
    assert record.getMessage() == "job_type_crashed"
    assert "cannot use ****" in vars(record)["traceback"]
    assert SECRET not in str(vars(record))
