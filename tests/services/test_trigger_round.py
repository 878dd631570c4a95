"""From a stranger's message on Kafka to the completion that a stranger reads there."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from kafka import KafkaConsumer, KafkaProducer

from apps.core.models import User
from apps.events import topics
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.port import Topic
from apps.events.publisher.loop import Publisher
from apps.workflows.models import Job, Workflow
from apps.workflows.scheduler.loop import Scheduler
from apps.workflows.services.report import report
from apps.workflows.triggers.consumer import Consumer
from tests.events.brokers import Broker, new_broker
from tests.services.waiting import eventually
from tests.triggers.parts import TOPIC, make

PATIENCE = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = new_broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(broker.connection)
    bus.set_up([Topic(name, partitions=3, replication=1, retention=timedelta(days=1)) for name in (TOPIC, *topics.ALL)])
    yield bus
    bus.close()


@pytest.fixture
def trigger(ann: User) -> Any:
    ann.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    return make(User.objects.get(pk=ann.pk), filter="event.key == 'k' && event.data.amount > 1")


def test_a_strangers_message_starts_a_workflow_whose_completion_a_stranger_reads(
    broker: Broker, bus: KafkaBus, ann: User, trigger: Any, leader: Scheduler
) -> None:
    producer = KafkaProducer(**broker.connection)
    producer.send(TOPIC, key=b"k", value=b'{"amount": 1}').get(timeout=PATIENCE)
    producer.send(TOPIC, key=b"k", value=b'{"amount": 2}').get(timeout=PATIENCE)
    producer.close()
    consume(bus, 1)
    workflow = Workflow.objects.get()
    assert workflow.input == {"amount": 2}
    for job_id in ("s1", "s2"):
        eventually(lambda job_id=job_id: Job.objects.filter(job_id=job_id, status="QUEUED").exists())  # type: ignore[misc]
        report(ann, workflow_id=workflow.pk, job_id=job_id, status="COMPLETED")
    eventually(lambda: Workflow.objects.filter(state="COMPLETED").exists())
    publisher = Publisher("one", bus)
    eventually(lambda: publisher.tick(timezone.now()).published > 0)
    publisher.resign()
    told = completion(broker)
    assert told["ce_type"] == "baseshift.workflow.completed"
    assert (told["ce_subject"], told["data"]["workflowId"]) == (str(workflow.pk), str(workflow.pk))


def test_messages_are_committed_when_they_are_done_with(bus: KafkaBus, broker: Broker, trigger: Any) -> None:
    producer = KafkaProducer(**broker.connection)
    for amount in range(2, 5):
        producer.send(TOPIC, key=b"k", value=json.dumps({"amount": amount}).encode()).get(timeout=PATIENCE)
    consume(bus, 3)
    producer.send(TOPIC, key=b"k", value=b'{"amount": 9}').get(timeout=PATIENCE)
    producer.close()
    assert consume(bus, 1) == 1
    assert Workflow.objects.count() == 4


def test_a_topic_that_is_not_there_yet_holds_up_no_other(
    bus: KafkaBus, broker: Broker, ann: User, trigger: Any
) -> None:
    make(User.objects.get(pk=ann.pk), "later", topic="not.there.yet")
    producer = KafkaProducer(**broker.connection)
    producer.send(TOPIC, key=b"k", value=b'{"amount": 2}').get(timeout=PATIENCE)
    producer.close()
    consume(bus, 1)
    assert Workflow.objects.count() == 1


def consume(bus: KafkaBus, count: int) -> int:
    """Start ``count`` workflows; how many messages that took which let a trigger start one or not."""
    consumer = Consumer(bus, threading.Event())
    read = started = 0

    def enough() -> bool:
        nonlocal read, started
        result = consumer.tick(timezone.now())
        read, started = read + result.read, started + result.started
        return started >= count

    try:
        eventually(enough, PATIENCE)
    finally:
        consumer.close()
    return read


def completion(broker: Broker) -> dict[str, Any]:
    """The last event of a workflow, as a plain consumer reads it: its headers, and its data."""
    consumer = KafkaConsumer(**broker.connection, auto_offset_reset="earliest", group_id="stranger")
    consumer.subscribe([topics.WORKFLOWS])
    consumer.partitions_for_topic(topics.WORKFLOWS)
    found: list[dict[str, Any]] = []

    def completed() -> bool:
        for records in consumer.poll(timeout_ms=500).values():
            found.extend({**{k: v.decode() for k, v in one.headers}, "data": json.loads(one.value)} for one in records)
        return any(one["ce_type"].endswith("completed") for one in found)

    try:
        eventually(completed, PATIENCE)
    finally:
        consumer.close()
    return found[-1]
