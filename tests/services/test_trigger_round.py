"""From a stranger's message on Kafka to the completion that a stranger reads there."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
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
from apps.workflows.models import Job, Trigger, Workflow
from apps.workflows.scheduler.loop import Scheduler
from apps.workflows.services import triggers
from apps.workflows.services.report import report
from apps.workflows.triggers.consumer import Consumer
from tests.support.brokers import Broker, new_broker
from tests.support.people import publish
from tests.support.servers import kept_port
from tests.support.triggers import TOPIC, definition, make, maker
from tests.support.waiting import eventually

PATIENCE = 60.0
OTHER = "shop.other"
LONG_AGO_MS = 1_000_000_000_000


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = new_broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(broker.connection)
    bus.set_up(
        [Topic(name, partitions=3, replication=1, retention=timedelta(days=1)) for name in (TOPIC, OTHER, *topics.ALL)]
    )
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


# -- messages that say to be older than the trigger ------------------------------------------------------


@pytest.fixture
def owner(stores: Any, broker: Broker, bus: KafkaBus, settings: Any) -> User:
    """What she makes is made where the settings name this broker."""
    settings.KAFKA = broker.connection
    owner = maker("owner")
    publish(owner)
    return owner


def send_old(broker: Broker, *amounts: int, topic: str = TOPIC) -> None:
    """As a copy of a database does, a mirrored topic, or a slow clock."""
    producer = KafkaProducer(**broker.connection)
    for amount in amounts:
        value = json.dumps({"amount": amount}).encode()
        producer.send(topic, key=b"k", value=value, timestamp_ms=LONG_AGO_MS).get(timeout=PATIENCE)
    producer.close()


def amounts() -> list[int]:
    return [one["amount"] for one in Workflow.objects.order_by("created_at", "id").values_list("input", flat=True)]


def test_what_kafka_took_later_is_for_the_trigger_and_what_was_there_is_not(
    owner: User, broker: Broker, bus: KafkaBus
) -> None:
    send_old(broker, 1, 2)
    make(owner)
    send_old(broker, 3, 4)
    consume(bus, 2)
    assert amounts() == [3, 4]


def test_what_came_while_the_trigger_rested_is_not_for_it(owner: User, broker: Broker, bus: KafkaBus) -> None:
    make(owner)
    triggers.set_enabled(owner, name="orders", enabled=False)
    send_old(broker, 1)
    triggers.set_enabled(owner, name="orders", enabled=True)
    send_old(broker, 2)
    triggers.update(owner, name="orders", definition=definition(enabled=False))
    send_old(broker, 3)
    triggers.update(owner, name="orders", definition=definition(enabled=True))
    send_old(broker, 4)
    consume(bus, 1)
    assert amounts() == [4]


def test_another_topic_counts_from_where_it_ends(owner: User, broker: Broker, bus: KafkaBus) -> None:
    make(owner)
    send_old(broker, 1, topic=OTHER)
    triggers.update(owner, name="orders", definition=definition(topic=OTHER))
    send_old(broker, 2, topic=OTHER)
    consume(bus, 1)
    assert amounts() == [2]


def test_all_of_a_topic_that_was_not_there_is_for_the_trigger(owner: User, broker: Broker, bus: KafkaBus) -> None:
    make(owner, topic="made.later")
    bus.set_up([Topic("made.later", partitions=1, replication=1, retention=timedelta(days=1))])
    send_old(broker, 1, topic="made.later")
    consume(bus, 1)
    assert amounts() == [1]


def test_while_kafka_is_away_a_trigger_is_made_and_a_consumer_finds_where_it_begins(
    owner: User, broker: Broker, bus: KafkaBus, settings: Any
) -> None:
    send_old(broker, 1)
    with kept_port() as port:
        settings.KAFKA = {"bootstrap_servers": [f"127.0.0.1:{port}"]}
        assert make(owner).start_offsets is None
    with closing(Consumer(bus, threading.Event())) as consumer:
        eventually(lambda: consumer.tick(timezone.now()).read == 1, PATIENCE)
        assert sum(Trigger.objects.get().start_offsets.values()) == 1
        send_old(broker, 2)
        eventually(lambda: consumer.tick(timezone.now()).started == 1, PATIENCE)
    assert amounts() == [2]


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
