"""The code and the catalogue of events agree, and others can read what goes out."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker

from apps.core import bulk_write
from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.events import topics
from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Received
from apps.events.catalogue import CATALOGUE, EventType
from apps.events.models import Event
from apps.events.publisher.loop import Publisher
from apps.templates.services import lifecycle
from apps.templates.services.imports import import_version
from apps.workflows.models import Workflow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.support.engine_rig import Rig, call, noop, transform, wait
from tests.support.outbox import event
from tests.support.people import document, publish
from tests.support.pod_rig import Rig as PodRig
from tests.support.workload import Clock as PodClock
from tests.support.workload import WrittenWorkload

APPS = Path(__file__).resolve().parents[2] / "apps"
KIND = re.compile(r"(?:baseshift\.)?((?:workflow|job|template|pod|deadletter)\.[a-z]+)")
MISSING = "${input.missing}"


@pytest.fixture
def ann(transactional_db: None) -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def everything(rig: Rig, ann: User) -> MemoryBus:
    """A bus on which everything was told that there is to tell."""
    bus = MemoryBus(max_message_bytes=2000)
    publisher = Publisher("only", bus)
    some_workflows(rig, ann)
    some_pods()
    publish(ann, "unused")
    lifecycle.deprecate(SYSTEM, template_id="unused", version="1.0.0")
    lifecycle.delete(SYSTEM, template_id="unused")
    bulk_write.insert([event(data={"text": "x" * 3000})])
    while (result := publisher.tick(timezone.now())).published or result.quarantined:
        assert result.leads
    return bus


def some_workflows(rig: Rig, owner: User) -> None:
    """One that completes, one that fails, and one that is cancelled while it waits."""
    rig.catch_up()
    # Nobody may reach loopback from here.
    retried = call("retried", dependsOn=[], retry={"initialDelay": "1h"})
    graphs = {
        "completes": [noop("done"), noop("skipped", when="false")],
        "fails": [transform("fails", MISSING)],
        "waits": [wait("waits", "1h"), retried],
    }
    for name, steps in graphs.items():
        import_version(SYSTEM, document={**document(name), "steps": steps}, owner=owner)
        start(owner, StartRequest(template_id=name, input={}))
    rig.work()
    rig.cancel(Workflow.objects.get(template_id="waits"))


def some_pods() -> None:
    """One that becomes ready, then unhealthy, and is replaced."""
    pods = PodRig(PodClock(), WrittenWorkload())
    pods.come_up(1)
    pods.workload.silent = set(pods.names())
    pods.ticks(3)
    pods.reconciler.close()


def told(bus: MemoryBus) -> list[Received]:
    return [received for topic in topics.ALL for received in bus.topics[topic]]


def constants() -> Iterator[str]:
    """The kinds of events that the code names, as far as they are written out."""
    for file in APPS.rglob("*.py"):
        if file.name == "catalogue.py" or "migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := KIND.fullmatch(node.value)):
                yield found[1]


def test_the_code_names_no_kind_that_the_catalogue_lacks() -> None:
    assert set(constants()) <= {one.name for one in CATALOGUE.values()}


@pytest.mark.parametrize("one", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_every_example_holds_to_its_schema(one: EventType) -> None:
    Draft202012Validator.check_schema(one.data)
    Draft202012Validator(one.data, format_checker=FormatChecker()).validate(one.example)


def test_everything_told_is_in_the_catalogue_and_nothing_else_is(everything: MemoryBus) -> None:
    assert {received.headers["ce_type"] for received in told(everything)} == CATALOGUE.keys()


def test_everything_told_holds_to_its_schema_and_topic(everything: MemoryBus) -> None:
    for received in told(everything):
        one = CATALOGUE[received.headers["ce_type"]]
        assert received.topic == one.topic
        Draft202012Validator(one.data, format_checker=FormatChecker()).validate(json.loads(received.value))


def test_the_sdk_of_cloudevents_reads_everything_told(everything: MemoryBus) -> None:
    events = {str(one.event_id): one for one in Event.objects.all()}
    for received in told(everything):
        headers = {name: text.encode() for name, text in received.headers.items()}
        read = from_binary_event(KafkaMessage(headers=headers, key=received.key, value=received.value))
        stored = events[read.get_id()]
        assert (read.get_type(), read.get_source(), read.get_subject()) == (stored.type, "/baseshift", stored.subject)
        assert (read.get_time(), read.get_data()) == (stored.time, stored.data)
        assert (read.get_specversion(), read.get_datacontenttype()) == ("1.0", "application/json")
