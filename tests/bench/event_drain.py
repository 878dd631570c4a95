"""How fast the outbox is drained to Kafka, beside a bare kafka-python producer of the same messages."""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from kafka import KafkaProducer

from apps.core import bulk_write
from apps.events import encoding, topics
from apps.events.bus.factory import our_topics
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.port import Message
from apps.events.models import Event
from apps.events.publisher import rows
from apps.events.publisher.loop import Publisher
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.timing import Act, median, rounded, seconds
from tests.support.brokers import ApacheBroker, Broker, WheelBroker

EVENTS, EVENTS_IF_QUICK, EVENTS_A_WORKFLOW = 20_000, 2_000, 40
LEAST_SHARE = 0.6


def events(bench: Bench) -> list[Figure]:
    """To the broker in a wheel, and to Apache Kafka where it can be started."""
    brokers: dict[str, Broker] = {"the wheel's broker": WheelBroker(bench.ground.directory / "broker.log")}
    if shutil.which("java") and shutil.which("mvn"):
        brokers["Apache Kafka"] = ApacheBroker(bench.ground.directory / "kafka")
    found = []
    for name, broker in brokers.items():
        broker.start()
        try:
            found.append(_drained(bench, name, broker))
        finally:
            broker.stop()
    return found


def _drained(bench: Bench, name: str, broker: Broker) -> Figure:
    count = EVENTS_IF_QUICK if bench.quick else EVENTS
    # What other measurements have left.
    Event.objects.filter(published_at=None).update(published_at=timezone.now())
    _happen(count)
    messages = [encoding.message(row) for row in rows.unpublished(count)]
    bus = KafkaBus(broker.connection)
    bus.set_up(our_topics())
    publisher = Publisher("bench", bus)
    with _bare(broker, messages) as bare:
        ours, theirs = _in_turn(lambda: _drain(publisher, count), bare, bench.repeat, count)
    publisher.resign()
    bus.close()
    share = median(theirs) / median(ours)
    return Figure(
        f"{count:,} events drained to {name}",
        f"{count / median(ours):,.0f} events/s",
        f"bare kafka-python {count / median(theirs):,.0f} events/s",
        f"{share:.0%} of the speed",
        f"≥ {LEAST_SHARE:.0%}",
        share >= LEAST_SHARE,
        {"ours_ms": rounded(ours), "bare_ms": rounded(theirs)},
    )


def _in_turn(ours: Act, bare: Act, repeat: int, count: int) -> tuple[list[float], list[float]]:
    """Seconds of each, after a first round that warms up. Between the rounds, all that was published waits again."""
    last = Event.objects.order_by("-id")[:count].values_list("pk", flat=True)[count - 1]
    taken: list[tuple[float, float]] = []
    for _ in range(repeat + 1):
        taken.append((seconds(ours), seconds(bare)))
        Event.objects.filter(pk__gte=last).update(published_at=None)
    return [mine for mine, _ in taken[1:]], [theirs for _, theirs in taken[1:]]


def _happen(count: int) -> None:
    """Events of jobs, as the engine stores them."""
    now, found = timezone.now(), []
    for number in range(count):
        workflow = str(uuid.UUID(int=number // EVENTS_A_WORKFLOW))
        job = f"step_{number % EVENTS_A_WORKFLOW}"
        data = {"workflowId": workflow, "templateId": "payment_gateway_template", "version": "1.2.0", "jobId": job}
        found.append(
            Event(
                type="baseshift.job.started",
                topic=topics.JOBS,
                key=workflow,
                subject=f"{workflow}/{job}",
                time=now,
                data={**data, "attempt": 1, "state": "RUNNING"},
            )
        )
    with transaction.atomic():
        bulk_write.insert(found)


def _drain(publisher: Publisher, count: int) -> None:
    """Read from the database, published, marked there."""
    sent = 0
    while sent < count:
        sent += publisher.tick(timezone.now()).published


@contextmanager
def _bare(broker: Broker, messages: Sequence[Message]) -> Iterator[Act]:
    """The same messages by the client alone, with its own settings and as safe: acknowledged by all replicas."""
    producer = KafkaProducer(**broker.connection, acks="all")

    def send() -> None:
        for message in messages:
            producer.send(message.topic, key=message.key.encode(), value=message.value, headers=list(message.headers))
        producer.flush()

    yield send
    producer.close()
