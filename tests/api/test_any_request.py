"""Whatever is sent to any call of the interface, the answer is a document of it, and never a fault of the server."""

from typing import Any

import pytest
import schemathesis
import yaml
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from apps.core.api.renderers import JSONRenderer
from apps.core.env import BASE_DIR
from apps.core.models import User
from apps.pods.models import PodPool
from tests.support.pod_work import pod_of

OPENAPI = yaml.safe_load((BASE_DIR / "docs/reference/openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(OPENAPI).get_all_operations()]
# What there is, in place of what schemathesis would think of.
KNOWN = {
    **{"template_id": ["sample", "drafted"], "version": ["1.0.0", "2.0.0", "^1"], "job_id": ["s1"]},
    "name": ["gpu", "job-executor-a"],
}
ASKING = {"GET", "HEAD"}
# What a database refuses that SQLite takes stands in test_bad_input: here is more of it, if any.
EXAMPLES = 25 if connection.vendor == "sqlite" else 10
BOUNDS = settings(
    derandomize=True,
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@pytest.fixture
def superuser(ann: User, started: dict[str, Any]) -> User:
    """Nothing is refused for want of a permission, so everything is tried."""
    ann.is_superuser = True
    ann.save()
    pod_of(PodPool.objects.create(name="gpu"))
    return ann


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_any_request_is_answered(operation: Any, mode: GenerationMode, superuser, as_ann, started) -> None:
    @BOUNDS
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def one(case: Any, data: st.DataObject) -> None:
        _aim(case, data, started["workflowId"])
        answer = _send(as_ann, case)
        assert answer.status_code < 500, answer.content
        if answer.status_code >= 400:
            assert answer["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code

    one()


def _aim(case: Any, data: st.DataObject, workflow_id: str) -> None:
    """Let half of the requests be about something that there is."""
    known = {**KNOWN, "workflow_id": [workflow_id]} if case.method in ASKING else KNOWN
    for name in case.path_parameters or {}:
        if name in known and data.draw(st.booleans()):
            case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
    # It would wait, up to a minute each time.
    (case.query or {}).pop("wait", None)


def _send(client: Client, case: Any) -> Any:
    headers = {
        name: value
        for name, value in (case.headers or {}).items()
        if isinstance(value, str) and value.isprintable() and value.isascii()
    }
    body = b"" if isinstance(case.body, schemathesis.core.NotSet) else _written(case.body)
    return client.generic(
        case.method,
        case.formatted_path,
        body,
        content_type=case.media_type or "application/json",
        query_params={name: _plain(value) for name, value in (case.query or {}).items()},
        headers=headers,
    )


def _written(body: Any) -> bytes:
    return body if isinstance(body, bytes) else bytes(JSONRenderer().render(body))


def _plain(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, list) else str(value)
