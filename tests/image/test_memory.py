"""The executor keeps within the memory of its pod, with all slots at work on as much data as jobs may have."""

import itertools
import json
import sys
import threading
from typing import Any

import pytest

from apps.pods.models import default_resources
from apps.workflows.executor.json_lock import MAX_OUTCOME_BYTES
from apps.workflows.models import Workflow
from tests.image.container import PATIENCE, Container
from tests.support.engine_rig import Rig
from tests.support.gateway import Gateway, Received, Reply, gateway
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.release,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

SLOTS = 8
MIB = 1024 * 1024
# The probe runs in the same memory.
PROBE = 4 * MIB
LIMIT = 128 * MIB - PROBE


class Together(Gateway):
    """Answers nobody before all slots have asked; ``received`` is not kept."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._all_have_asked = threading.Event()
        self._asked = itertools.count(1)

    def answer(self, received: Received) -> Reply:
        if next(self._asked) == SLOTS:
            self._all_have_asked.set()
        assert self._all_have_asked.wait(PATIENCE)
        return self.replies[0]


def records(size: int) -> list[dict[str, Any]]:
    """JSON of about so many bytes, as services send it."""
    one = {"id": 1000000, "name": "Somebody With A Name", "amount": 12.5, "tags": ["a", "b"], "paid": True}
    return [{**one, "id": number} for number in range(size // len(json.dumps(one)))]


def run(rig: Rig, container: Container, step: dict[str, Any], count: int, value: Any) -> set[str]:
    """How ``count`` workflows of one step ended that got ``value`` as their input."""
    rig.catch_up()
    eventually(container.is_alive, PATIENCE)
    rows = rig.start({"name": "a", **step}, count=count, heard=False, input={"data": value})
    mine = Workflow.objects.filter(pk__in=[row.pk for row in rows])
    rig.until(lambda: not mine.filter(state__in=["INITIALIZED", "RUNNING"]).exists(), PATIENCE)
    assert container.process.poll() is None, container.log.read_text()
    return set(mine.values_list("state", flat=True))


def test_the_limit_is_that_of_the_pods():
    assert default_resources()["limits"]["memory"] == f"{(LIMIT + PROBE) // MIB}Mi"


@pytest.mark.parametrize(
    ("sent", "answered", "kind", "state"),
    [
        pytest.param(240_000, MAX_OUTCOME_BYTES - 10_000, Together, "COMPLETED", id="all-that-fits"),
        # They wait for each other.
        pytest.param(2_000_000, 1_000, Gateway, "COMPLETED", id="large-inputs"),
        pytest.param(1_000, 4_000_000, Together, "FAILED", id="answers-of-no-use"),
    ],
)
def test_calls_in_all_slots_fit_into_the_pod(
    rig: Rig, container: Container, sent: int, answered: int, kind: type[Gateway], state: str
):
    body = json.dumps(records(answered)).encode()
    with gateway(kind=kind) as served:
        served.replies = [Reply(body=body)]
        config = {"api_endpoint": served.url, "method": "POST", "maxBytes": 4 * MIB}
        step = {"type": "external_api_call", "config": config}
        assert run(rig, container, step, 3 * SLOTS, records(sent)) == {state}

    assert container.high_water < LIMIT


@pytest.mark.parametrize(
    "step",
    [
        pytest.param({"type": "transform", "config": {"output": {"copy": "${input.data}"}}}, id="transform"),
        pytest.param({"type": "transform", "config": {"expression": "input.data"}}, id="cel"),
        pytest.param(
            {"type": "validation", "config": {"rules": [], "schema": {"required": ["data"]}}}, id="validation"
        ),
    ],
)
def test_jobs_of_every_type_in_all_slots_fit_into_the_pod(rig: Rig, container: Container, step: dict[str, Any]):
    assert run(rig, container, step, 3 * SLOTS, records(240_000)) == {"COMPLETED"}

    assert container.high_water < LIMIT
